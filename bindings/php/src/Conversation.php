<?php

declare(strict_types=1);

namespace Wotnot;

/** A visitor's conversation. It sends on behalf of the visitor, and every failure says what became of the message. */
final class Conversation
{
    /** Names the conversation, here and in {@see Event::$conversationId}. */
    public readonly string $id;

    /** How `openConversation` came by it: `started`, `reused`, or `recovered` when the answer to its start was lost and an event named it. */
    public readonly ?string $opened;

    /** Whether the service took the message of the call that gave this. */
    public readonly bool $messageSent;

    /** What the service calls the visitor in events; null where it is not known. */
    public readonly ?string $visitorKey;

    /**
     * @internal
     * @param \stdClass $raw the document that it was read from
     */
    public function __construct(private readonly Client $client, public readonly \stdClass $raw)
    {
        $this->id = (string) ($raw->conversation->id ?? '');
        $this->opened = $raw->opened ?? null;
        $this->messageSent = $raw->message_sent ?? isset($raw->contact);
        $this->visitorKey = $raw->contact->visitor_key ?? null;
    }

    /**
     * Sends an answer, such as a choice's own or one that {@see Client::answer()} made.
     *
     * @param ?string $clientId your own id of the message; through a gateway, which counts it once
     * @param ?bool $queue whether it is kept where there is no network, and goes out later; through a gateway
     */
    public function send(
        #[\SensitiveParameter] Message $message,
        ?float $timeout = null,
        ?string $clientId = null,
        ?bool $queue = null,
    ): Sent {
        $params = $this->params($message, $timeout) + Client::given(['client_id' => $clientId, 'queue' => $queue]);
        return new Sent($this->client->call('send_message', $params));
    }

    /** Sends typed text. Parameters as of {@see send()}. */
    public function sendText(
        #[\SensitiveParameter] string $text,
        ?float $timeout = null,
        ?string $clientId = null,
        ?bool $queue = null,
    ): Sent {
        return $this->send(Message::text($text), $timeout, $clientId, $queue);
    }

    /**
     * Decides on a message whose {@see Event::$state} is `unconfirmed`, through a gateway.
     *
     * @param string $action `resend` or `discard`
     */
    public function resolve(string $clientId, string $action, ?float $timeout = null): Sent
    {
        return new Sent($this->client->call('resolve', Client::given([
            'conversation_id' => $this->id,
            'client_id' => $clientId,
            'action' => $action,
            'timeout_ms' => Client::millis($timeout),
        ])));
    }

    /**
     * The whole conversation as a gateway has it.
     *
     * @param string $format `json`, `txt` or `html`
     */
    public function transcript(string $format = 'txt', ?float $timeout = null): string
    {
        return $this->client->call('transcript', Client::given([
            'conversation_id' => $this->id,
            'format' => $format,
            'timeout_ms' => Client::millis($timeout),
        ]))->content;
    }

    /**
     * Says something, text or an answer, and gives the bot's whole turn: all that comes until it asks something, the
     * conversation is closed or handed over, or nothing more comes. It needs a client with a webhook. When it fails,
     * no event is lost.
     *
     * @param ?float $timeout seconds of the message and the turn together, instead of the configured ones
     * @param ?float $quiet how many seconds a bot that has said something may be silent before its turn is over
     */
    public function ask(#[\SensitiveParameter] string|Message $message, ?float $timeout = null, ?float $quiet = null): Turn
    {
        $message = is_string($message) ? Message::text($message) : $message;
        $params = $this->params($message, $timeout) + Client::given(['quiet_ms' => Client::millis($quiet)]);
        return new Turn($this->client->call('converse', $params));
    }

    /** The next event of this conversation, or null when none arrives within so many seconds. Those of others stay. */
    public function receive(?float $timeout = null): ?Event
    {
        return $this->client->receiveOf($this->id, $timeout);
    }

    /**
     * The events of this conversation, as {@see Client::events()} gives those of all.
     *
     * @return \Generator<int, Event>
     */
    public function events(?float $timeout = null): \Generator
    {
        return $this->client->eventsOf($this->id, $timeout);
    }

    /** @return array<string, mixed> */
    private function params(#[\SensitiveParameter] Message $message, ?float $timeout): array
    {
        return Client::given([
            'conversation_id' => $this->id,
            'message' => $message,
            'timeout_ms' => Client::millis($timeout),
        ]);
    }

    /** @return array<string, mixed> the id, and nothing of the visitor */
    public function __debugInfo(): array
    {
        return ['id' => $this->id, 'opened' => $this->opened];
    }
}
