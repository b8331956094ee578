<?php

// A chat in the terminal: one line is one answer. Settings come from WOTNOT_TOKEN, WOTNOT_BOT_KEY, WOTNOT_BASE_URL,
// WOTNOT_WEBHOOK_TOKEN and WOTNOT_LISTEN, or all in WOTNOT_CONFIG (of a gateway). Run it in an application that has the package:
// php vendor/libwotnot/wotnot/examples/chat.php

declare(strict_types=1);

require $_SERVER['WOTNOT_AUTOLOAD'] ?? __DIR__ . '/../../../autoload.php';

$client = new Wotnot\Client(getenv('WOTNOT_CONFIG') ?: [
    'token' => getenv('WOTNOT_TOKEN'),
    'bot_key' => getenv('WOTNOT_BOT_KEY'),
    'base_url' => getenv('WOTNOT_BASE_URL'),
    'webhook' => ['token' => getenv('WOTNOT_WEBHOOK_TOKEN'), 'listen' => getenv('WOTNOT_LISTEN')],
]);
$chat = $client->openConversation('php-example', trim(fgets(STDIN) ?: 'Hello'));
foreach ($chat->events(timeout: 10) as $event) {
    if ($event->by !== null && $event->by !== 'visitor') {
        echo "$event->by: $event->text\n";
    }
    while ($event->prompt !== null && ($line = fgets(STDIN)) !== false) {
        $said = trim($line);
        try {
            $chat->send($client->answer($event->prompt, $event->prompt->kind === 'slider' ? (float) $said : $said));
            break;
        } catch (Wotnot\InvalidArgumentException $error) {
            echo "$error->reason\n"; // what the bot asks for; nothing was sent
        }
    }
    if ($event->closed) {
        break;
    }
}
