<?php

// The types over an emulator: WOTNOT_BIN is the command, WOTNOT_FLOWS the folder of the sample flows.

declare(strict_types=1);

use Wotnot\Client;
use Wotnot\ClosedException;
use Wotnot\InvalidArgumentException;
use Wotnot\Library;
use Wotnot\Message;
use Wotnot\NetworkException;
use Wotnot\WebhookRejectedException;
use Wotnot\WotnotException;

require $_SERVER['WOTNOT_AUTOLOAD'] ?? __DIR__ . '/autoload.php';

$passed = $failed = 0;

function test(string $name, callable $test): void
{
    global $passed, $failed;
    try {
        $test();
        $passed++;
        echo "ok    $name\n";
    } catch (Throwable $why) {
        $failed++;
        echo "FAILED $name: $why\n";
    }
}

function same(mixed $expected, mixed $found): void
{
    if ($expected !== $found) {
        throw new LogicException('expected ' . var_export($expected, true) . ', found ' . var_export($found, true));
    }
}

function says(string $part, string $whole): void
{
    if (!str_contains($whole, $part)) {
        throw new LogicException("expected `$part` in `$whole`");
    }
}

/** What a call throws. */
function thrown(string $class, callable $call): WotnotException
{
    try {
        $call();
    } catch (WotnotException $error) {
        same(true, $error instanceof $class);
        return $error;
    }
    throw new LogicException("no $class was thrown");
}

function setting(string $name): string
{
    return getenv($name) ?: exit("$name is not set; `cargo xtask test php` runs these tests\n");
}

/** Runs with a client of an emulator, which gets its events. */
function emulated(callable $work): void
{
    $command = [setting('WOTNOT_BIN'), 'emulate', '--json', '--flow', setting('WOTNOT_FLOWS') . '/demo.yaml'];
    $process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], STDERR], $pipes);
    try {
        $ready = json_decode(fgets($pipes[1]), false, 512, JSON_THROW_ON_ERROR);
        $client = new Client([
            'token' => $ready->token,
            'bot_key' => $ready->bots[0]->key,
            'base_url' => $ready->base_url,
            'log' => 'calls',
            'webhook' => ['token' => 'hook', 'listen' => '127.0.0.1:0'],
        ]);
        file_get_contents("$ready->control_url/webhook", false, stream_context_create(['http' => [
            'method' => 'PUT',
            'header' => ["Authorization: Bearer $ready->control_token", 'Content-Type: application/json'],
            'content' => json_encode(['url' => $client->status()->webhook_url, 'token' => 'hook']),
        ]])) ?: throw new LogicException('the emulator takes no webhook');
        $work($client);
    } finally {
        proc_terminate($process);
        proc_close($process);
    }
}

test('a bot is talked to with types', function (): void {
    emulated(function (Client $client): void {
        $chat = $client->openConversation('visitor-42', 'Hello', ['contact' => ['name' => 'Asha']], timeout: 60);
        same(['started', true], [$chat->opened, $chat->messageSent]);
        $again = $client->openConversation('visitor-42', 'Hello');
        same([$chat->id, 'reused', false], [$again->id, $again->opened, $again->messageSent]);
        foreach ($chat->events(timeout: 60) as $event) {
            if ($event->prompt !== null) {
                break;
            }
        }
        same(['choice', 'Sales'], [$event->prompt->kind, $event->prompt->options[0]->label]);
        $turn = $chat->ask($event->prompt->options[0]->answer, timeout: 60, quiet: 1);
        same(['prompt', 'How old are you?', 'slider'], [$turn->ended, $turn->text, $turn->prompt->kind]);
        $error = thrown(InvalidArgumentException::class, fn () => $client->answer($turn->prompt, 7));
        says('a number from 18 to 99', $error->reason);
        $turn = $chat->ask($client->answer($turn->prompt, 30));
        says('Thank you', $turn->text);
        same(null, $turn->prompt);
        $records = iterator_to_array($client->logRecords(), false);
        same('open_conversation', $records[0]->method ?? '');
        $client->forget('visitor-42');
        same('started', $client->openConversation('visitor-42', 'Hello')->opened);
    });
});

test('an error says what became of the message', function (): void {
    $client = new Client(['token' => 't', 'base_url' => 'http://127.0.0.1:9', 'retry' => ['max_attempts' => 1]]);
    $error = thrown(NetworkException::class, fn () => $client->conversation('3f0c')->sendText('Hello'));
    same(['network', 20, 'not_sent', true, 1], [$error->errorCode, $error->getCode(), $error->delivery, $error->retryable, $error->attempts]);
    $client->close();
    $error = thrown(ClosedException::class, fn () => $client->conversation('3f0c')->sendText('Hello'));
    same('not_sent', $error->delivery);
    same([], iterator_to_array((new Client(['token' => 't', 'webhook' => ['token' => 'hook']]))->events(timeout: 0)));
});

test('a wrong setting or parameter is named', function (): void {
    says('tokn: ', thrown(InvalidArgumentException::class, fn () => new Client(['tokn' => 't']))->reason);
    says('token: ', thrown(InvalidArgumentException::class, fn () => new Client([]))->reason);
    $client = new Client(['token' => 't']);
    $chat = $client->conversation('3f0c');
    says('timeout_ms: ', thrown(InvalidArgumentException::class, fn () => $chat->sendText('Hello', timeout: -1))->reason);
    says('message.data', thrown(InvalidArgumentException::class, fn () => $chat->send(new Message('text', [])))->reason);
    says('UTF-8', thrown(InvalidArgumentException::class, fn () => $chat->sendText("\xff"))->reason);
    thrown(InvalidArgumentException::class, fn () => $client->call("status\0"));
    says('webhook', thrown(InvalidArgumentException::class, fn () => $client->receive(0))->reason);
});

test('a post with a wrong token has a reply', function (): void {
    $client = new Client(['token' => 't', 'webhook' => ['token' => 'hook']]);
    $post = '{"token":"wrong","events":[]}';
    same(401, thrown(WebhookRejectedException::class, fn () => $client->acceptWebhook($post))->reply->status);
    $post = '{"token":"hook","events":[{"event":{"type":"note","payload":{"text":"a secret"}},"conversation":{"key":"3f0c"}}]}';
    same(200, $client->acceptWebhook($post)->status);
    $event = $client->receive(0);
    same(['note', '3f0c', 'a secret'], [$event->type, $event->conversationId, $event->document->payload->text]);
    same(false, str_contains(json_encode($event) . print_r($event, true), 'secret'));
    same(null, $client->receive(0));
    [$events, $reply] = $client->parseWebhook($post);
    same(['note', 200], [$events[0]->type, $reply->status]);
});

test('a trace shows no secret, whatever the settings of PHP', function (): void {
    ini_set('zend.exception_ignore_args', '0');
    $error = thrown(InvalidArgumentException::class, fn () => new Client(['token' => "mark17\n"]));
    $client = new Client(['token' => 't', 'bot_key' => 'b', 'base_url' => 'http://127.0.0.1:9', 'retry' => ['max_attempts' => 1]]);
    $chat = $client->conversation('3f0c');
    foreach ([fn () => $chat->sendText('mark17'), fn () => $chat->ask('mark17'), fn () => $client->openConversation('mark17', 'mark17')] as $call) {
        same(false, str_contains(print_r(thrown(WotnotException::class, $call)->getTrace(), true), 'mark17'));
    }
    same(false, str_contains($error . print_r($error->getTrace(), true), 'mark17'));
    same(false, str_contains(print_r(Message::text('mark17'), true), 'mark17'));
});

test('a child of a fork makes a client of its own', function (): void {
    if (!function_exists('pcntl_fork')) {
        throw new LogicException('PHP has no pcntl');
    }
    $client = new Client(['token' => 't']);
    $child = pcntl_fork();
    if ($child === 0) {
        try {
            $client->status();
        } catch (Wotnot\ForkedException) {
            (new Client(['token' => 't']))->status();
            posix_kill(getmypid(), SIGUSR1);
        }
        posix_kill(getmypid(), SIGKILL);
    }
    pcntl_waitpid($child, $status);
    same(SIGUSR1, pcntl_wtermsig($status));
    same('https://app.wotnot.io', $client->status()->base_url);
});

gc_collect_cycles();
test('every string and client was given back', fn () => same([0, 0], Library::leaks()));
echo "$passed passed, $failed failed\n";
exit($failed === 0 ? 0 : 1);
