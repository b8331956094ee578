<?php

declare(strict_types=1);

namespace Wotnot;

/** What the visitor says: the vendor's own object. An option of a choice has its own, ready to be sent. */
final class Message implements \JsonSerializable
{
    /**
     * @param string $type such as `text` or `slider.response`
     * @param array<string, mixed>|\stdClass $data what goes with the type
     * @param bool $unchecked sends a type that the library does not know as it is
     */
    public function __construct(
        public readonly string $type,
        #[\SensitiveParameter] public readonly array|\stdClass $data,
        public readonly bool $unchecked = false,
    ) {
    }

    /** Typed text. */
    public static function text(#[\SensitiveParameter] string $text): self
    {
        return new self('text', ['body' => $text]);
    }

    /** The value of a slider. */
    public static function slider(#[\SensitiveParameter] int|float $value): self
    {
        return new self('slider.response', ['value' => $value]);
    }

    /**
     * Files that you host.
     *
     * @param array<string, string> ...$files each with a `link`, and as it may be `filename`, `mime_type`, `extension` and `path`
     */
    public static function files(#[\SensitiveParameter] array ...$files): self
    {
        return new self('file_upload.response', ['files' => $files]);
    }

    /** @internal */
    public static function of(#[\SensitiveParameter] \stdClass $document): self
    {
        return new self($document->type ?? '', $document->data ?? new \stdClass());
    }

    public function jsonSerialize(): mixed
    {
        $document = ['type' => $this->type, 'data' => (object) $this->data];
        return $this->unchecked ? $document + ['unchecked' => true] : $document;
    }

    /** @return array<string, mixed> the type, and never what was said */
    public function __debugInfo(): array
    {
        return ['type' => $this->type];
    }
}
