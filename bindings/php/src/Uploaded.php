<?php

declare(strict_types=1);

namespace Wotnot;

/** How far a file is on its way to a gateway. */
final class Uploaded
{
    /** The gateway's id of it. */
    public readonly string $fileId;

    /** The name that is shown. */
    public readonly string $name;

    /** How many bytes it has. */
    public readonly int $size;

    /** How many of them the gateway has. */
    public readonly int $offset;

    /** Whether it is there as a whole. */
    public readonly bool $ready;

    /** What answers a prompt for a file, once it is ready. */
    public readonly ?string $link;

    /**
     * @internal
     * @param \stdClass $raw the document that it was read from
     */
    public function __construct(public readonly \stdClass $raw)
    {
        $this->fileId = $raw->file_id;
        $this->name = $raw->name;
        $this->size = $raw->size;
        $this->offset = $raw->offset;
        $this->ready = $raw->ready;
        $this->link = $raw->link;
    }

    /** @return array<string, mixed> without the name and the link */
    public function __debugInfo(): array
    {
        return ['fileId' => $this->fileId, 'size' => $this->size, 'offset' => $this->offset, 'ready' => $this->ready];
    }
}
