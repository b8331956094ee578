<?php

declare(strict_types=1);

namespace Wotnot;

/**
 * A client of the API channel. Times are seconds.
 *
 * Make one for each worker process: a client that was made before a fork throws {@see ForkedException} in the child.
 */
final class Client
{
    private readonly int $id;

    /**
     * Checks the settings and opens the webhook's listener when they ask for one. Sends nothing.
     *
     * @param array<string, mixed>|string $config settings under the names of docs/configuration.md, or their JSON
     * @throws InvalidArgumentException naming the setting
     */
    public function __construct(#[\SensitiveParameter] array|string $config)
    {
        $this->id = Library::open(is_string($config) ? $config : Library::encode('config', (object) $config));
    }

    public function __destruct()
    {
        if (isset($this->id)) {
            $this->close();
        }
    }

    /** The version that the library was built with. */
    public static function version(): string
    {
        return Library::version();
    }

    /**
     * Starts a conversation. {@see openConversation()} keeps to one for each visitor.
     *
     * @param ?string $visitorId your own unique id of the visitor; null through a gateway, which knows its visitor
     * @param string $text what they said first
     * @param array<string, array<string, scalar|null>> $variables what is known about them: `contact`, `conversation` and `system`
     * @param ?string $botKey the bot to talk to, instead of the configured one
     * @param ?float $timeout the overall deadline, instead of the configured one
     */
    public function startConversation(
        #[\SensitiveParameter] ?string $visitorId,
        #[\SensitiveParameter] string $text,
        #[\SensitiveParameter] array $variables = [],
        ?string $botKey = null,
        ?float $timeout = null,
    ): Conversation {
        $params = self::start($visitorId, $text, $variables, $botKey, $timeout);
        return new Conversation($this, $this->call('start_conversation', $params));
    }

    /**
     * The conversation that the visitor has with the bot, or one that is started with the text. `opened` of it says
     * which, and `messageSent` whether the service took the text. Parameters as of {@see startConversation()}.
     *
     * @param string $ifKnown when the visitor has a conversation: `reuse` it, `refuse`, or start a `new` one
     */
    public function openConversation(
        #[\SensitiveParameter] ?string $visitorId,
        #[\SensitiveParameter] string $text,
        #[\SensitiveParameter] array $variables = [],
        ?string $botKey = null,
        ?float $timeout = null,
        string $ifKnown = 'reuse',
    ): Conversation {
        $params = self::start($visitorId, $text, $variables, $botKey, $timeout) + ['if_known' => $ifKnown];
        return new Conversation($this, $this->call('open_conversation', $params));
    }

    /**
     * Hands a file to the gateway, and gives the `link` that answers a prompt for one. It goes on after a cut; after an
     * error, or a kill of the program, the same call goes on where it stopped.
     *
     * @param ?string $name the name to show, instead of that of the path
     * @param ?string $type such as `image/png`, instead of what the name says
     */
    public function upload(
        #[\SensitiveParameter] string $path,
        #[\SensitiveParameter] ?string $name = null,
        ?string $type = null,
        ?float $timeout = null,
    ): Uploaded {
        $params = ['path' => $path, 'name' => $name, 'type' => $type, 'timeout_ms' => self::millis($timeout)];
        return new Uploaded($this->call('upload', self::given($params)));
    }

    /**
     * The same part by part, of a stream that can be sought: tells how far it is, the last time with the `link`.
     *
     * @param resource $stream
     * @return \Generator<int, Uploaded>
     */
    public function uploadParts($stream, #[\SensitiveParameter] string $name, ?string $type = null): \Generator
    {
        $params = self::given(['name' => $name, 'size' => fstat($stream)['size'], 'type' => $type]);
        yield $now = new Uploaded($this->call('upload', $params));
        while (!$now->ready) {
            $data = base64_encode(stream_get_contents($stream, 256 * 1024, $now->offset));
            $params = ['file_id' => $now->fileId, 'offset' => $now->offset, 'data' => $data];
            yield $now = new Uploaded($this->call('upload', $params));
        }
    }

    /** Says through a gateway whether people see the program now: `foreground`, or `background`, where it is asked less often. */
    public function setAppState(string $state): void
    {
        $this->call('set_app_state', ['state' => $state]);
    }

    /** Continues a conversation that was started before. Sends nothing. */
    public function conversation(string $id): Conversation
    {
        return new Conversation($this, (object) ['conversation' => (object) ['id' => $id]]);
    }

    /**
     * Forgets the conversations that `openConversation` knows of the visitor, with their events; gives how many there were.
     * Through a gateway it erases all that the gateway keeps of the visitor, who needs no id.
     */
    public function forget(#[\SensitiveParameter] ?string $visitorId = null): int
    {
        return $this->call('forget', self::given(['visitor_id' => $visitorId]))->forgotten;
    }

    /**
     * Who the visitor is, as your site signed it for a gateway: give a fresh one when the event `identity_wanted` asks for it.
     * With null the visitor is anonymous.
     */
    public function setIdentity(#[\SensitiveParameter] ?string $identity): void
    {
        $this->call('set_identity', self::given(['identity' => $identity]));
    }

    /**
     * The message that answers a prompt, out of a plain value; docs/messages.md says which it takes. Sends nothing.
     *
     * @throws InvalidArgumentException saying what the bot asks for, when it is something else
     */
    public function answer(Prompt $prompt, #[\SensitiveParameter] mixed $value): Message
    {
        return Message::of($this->call('answer', ['prompt' => $prompt->raw, 'value' => $value]));
    }

    /** The next event, in the order of arrival, or null when none arrives within so many seconds. Without them it waits on. */
    public function receive(?float $timeout = null): ?Event
    {
        return $this->receiveOf(null, $timeout);
    }

    /**
     * The events as they arrive. Ends when none arrives within so many seconds, by {@see interrupt()} of a handler, and
     * when the client is closed.
     *
     * @return \Generator<int, Event>
     */
    public function events(?float $timeout = null): \Generator
    {
        return $this->eventsOf(null, $timeout);
    }

    /**
     * Retries and results as they happened, where the setting `log` asks for them: objects as docs/events.md has them,
     * those that are there already.
     *
     * @return \Generator<int, \stdClass>
     */
    public function logRecords(): \Generator
    {
        while (($event = $this->take(['log' => 'only', 'timeout_ms' => 0])) !== null) {
            yield $event->log;
        }
    }

    /**
     * Checks a post to your own web server and keeps its events for {@see receive()}; gives what to answer.
     *
     * @throws WotnotException with the `reply` to give, such as {@see WebhookRejectedException}
     */
    public function acceptWebhook(#[\SensitiveParameter] string $body, #[\SensitiveParameter] ?string $authorization = null): Reply
    {
        return Reply::of($this->call('accept_webhook', self::post($body, $authorization))->reply);
    }

    /**
     * Checks a post to your own web server and takes it apart. Keeps nothing.
     *
     * @return array{list<Event>, Reply} the events, and what to answer once they are kept
     * @throws WotnotException with the `reply` to give
     */
    public function parseWebhook(#[\SensitiveParameter] string $body, #[\SensitiveParameter] ?string $authorization = null): array
    {
        $parsed = $this->call('parse_webhook', self::post($body, $authorization));
        return [array_map(fn (\stdClass $event) => new Event($event), $parsed->events), Reply::of($parsed->reply)];
    }

    /** What this client is and has done, as docs/schema/status.result.schema.json has it. */
    public function status(): \stdClass
    {
        return $this->call('status');
    }

    /**
     * Calls a method of the library as it is, for what has no function here: docs/schema has their parameters.
     *
     * @param mixed $params what becomes a JSON object; an empty array stands for one
     */
    public function call(string $method, #[\SensitiveParameter] mixed $params = []): mixed
    {
        return Library::call($this->id, $method, Library::encode('params', $params === [] ? new \stdClass() : $params));
    }

    /** Wakes everybody who waits for an event now. */
    public function interrupt(): void
    {
        Library::interrupt($this->id);
    }

    /** Ends every call and every wait, and stops the listener. A second time does nothing. */
    public function close(): void
    {
        Library::close($this->id);
    }

    /** @internal */
    public function receiveOf(?string $conversation, ?float $timeout): ?Event
    {
        $event = $this->take(self::given([
            'conversation_id' => $conversation,
            'log' => 'without',
            'timeout_ms' => self::millis($timeout),
        ]));
        return $event === null ? null : new Event($event);
    }

    /**
     * @internal
     * @return \Generator<int, Event>
     */
    public function eventsOf(?string $conversation, ?float $timeout): \Generator
    {
        try {
            while (($event = $this->receiveOf($conversation, $timeout)) !== null) {
                yield $event;
            }
        } catch (InterruptedException | ClosedException) {
            return;
        }
    }

    /** @param array<string, mixed> $params */
    private function take(array $params): ?\stdClass
    {
        try {
            return $this->call('receive', $params);
        } catch (WotnotException $error) {
            return $error->errorCode === 'timeout' ? null : throw $error;
        }
    }

    /** @return array<string, mixed> */
    private static function start(
        #[\SensitiveParameter] ?string $visitorId,
        #[\SensitiveParameter] string $text,
        #[\SensitiveParameter] array $variables,
        ?string $botKey,
        ?float $timeout,
    ): array {
        return self::given([
            'visitor_id' => $visitorId,
            'message' => Message::text($text),
            'variables' => $variables === [] ? null : array_map(fn (array $values) => (object) $values, $variables),
            'bot_key' => $botKey,
            'timeout_ms' => self::millis($timeout),
        ]);
    }

    /** @return array<string, string> */
    private static function post(#[\SensitiveParameter] string $body, #[\SensitiveParameter] ?string $authorization): array
    {
        return self::given(['body' => $body, 'authorization' => $authorization]);
    }

    /**
     * What is given of these, for null stands for what is not.
     *
     * @internal
     * @param array<string, mixed> $fields
     * @return array<string, mixed>
     */
    public static function given(#[\SensitiveParameter] array $fields): array
    {
        return array_filter($fields, fn (mixed $value) => $value !== null);
    }

    /**
     * Whole milliseconds; a time is never rounded to 0, which means another thing. `INF` is as good as no time.
     *
     * @internal
     */
    public static function millis(?float $seconds): ?int
    {
        return $seconds === null || !is_finite($seconds) ? null : (int) ceil($seconds * 1000);
    }
}
