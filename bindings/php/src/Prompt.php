<?php

declare(strict_types=1);

namespace Wotnot;

/**
 * What the bot waits for, so that a window never guesses. {@see Client::answer()} makes the message that answers it.
 * What a kind does not have is null, or an empty list.
 */
final class Prompt
{
    /** `text`, `choice`, `slider`, `file`, `form`, `date`, `javascript`; `unknown` for what this version does not know. */
    public readonly string $kind;

    /** Of a text: `any`, `name`, `email` or `phone`. */
    public readonly ?string $format;

    /** @var list<ChoiceOption> of a choice, in order */
    public readonly array $options;

    /** Of a choice: whether several may be picked at once. */
    public readonly bool $multiple;

    /** @param \stdClass $raw the document that it was read from; it has the fields of every kind (docs/events.md) */
    public function __construct(public readonly \stdClass $raw)
    {
        $this->kind = $raw->kind ?? 'unknown';
        $this->format = $raw->format ?? null;
        $this->options = array_map(fn (\stdClass $option) => new ChoiceOption($option), $raw->options ?? []);
        $this->multiple = $raw->multiple ?? false;
    }
}

/** One option of a choice. */
final class ChoiceOption
{
    /** What to show, plain text. */
    public readonly string $label;

    /** The message that picks it, ready to be sent; null on a mere link. */
    public readonly ?Message $answer;

    /** The page to open when it is picked. */
    public readonly ?string $url;

    /** @internal */
    public function __construct(public readonly \stdClass $raw)
    {
        $this->label = $raw->label ?? '';
        $this->answer = isset($raw->answer) ? Message::of($raw->answer) : null;
        $this->url = $raw->url ?? null;
    }
}
