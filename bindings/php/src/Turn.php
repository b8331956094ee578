<?php

declare(strict_types=1);

namespace Wotnot;

/** What the bot made of a message: all that came until its turn was over. */
final class Turn
{
    /** The service's id of the message; null when the service gives none. */
    public readonly ?string $messageId;

    /** What was said, as plain text, one message a line; without what is late. */
    public readonly string $text;

    /** `prompt`, `closed`, `handed_over`, `quiet` or `timeout`. */
    public readonly string $ended;

    /** The answer that the bot waits for; null when it waits for none. */
    public readonly ?Prompt $prompt;

    /** @var list<Event> every event of the conversation but the visitor's own messages */
    public readonly array $events;

    /** `echo` or `prompt`, where the answer to the message was lost and this showed that it was taken. */
    public readonly ?string $confirmedBy;

    /** @internal */
    public function __construct(public readonly \stdClass $raw)
    {
        $this->messageId = $raw->message_id ?? null;
        $this->text = $raw->text ?? '';
        $this->ended = $raw->ended ?? '';
        $this->prompt = isset($raw->prompt) ? new Prompt($raw->prompt) : null;
        $this->events = array_map(fn (\stdClass $event) => new Event($event), $raw->events ?? []);
        $this->confirmedBy = $raw->confirmed_by ?? null;
    }

    /** @return array<string, mixed> never what was said */
    public function __debugInfo(): array
    {
        return ['ended' => $this->ended, 'events' => count($this->events)];
    }
}
