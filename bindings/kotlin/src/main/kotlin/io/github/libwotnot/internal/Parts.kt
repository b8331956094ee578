// A file that goes to a gateway part by part.
package io.github.libwotnot.internal

import java.io.File
import java.io.RandomAccessFile
import java.util.Base64

/** Bytes of one part. */
private const val PART = 256 * 1024

/** What is read of a file or of bytes. */
internal class PartsOf private constructor(val size: () -> Long, private val read: (Long) -> ByteArray) {
    constructor(bytes: ByteArray) : this(
        { bytes.size.toLong() },
        { offset -> bytes.copyOfRange(offset.toInt(), minOf(bytes.size, offset.toInt() + PART)) },
    )

    constructor(file: File) : this(file::length, { offset ->
        RandomAccessFile(file, "r").use {
            it.seek(offset)
            ByteArray(minOf(PART.toLong(), it.length() - offset).coerceAtLeast(0).toInt()).also(it::readFully)
        }
    })

    /** The next bytes as JSON has them. */
    fun at(offset: Long): String = Base64.getEncoder().encodeToString(read(offset))
}
