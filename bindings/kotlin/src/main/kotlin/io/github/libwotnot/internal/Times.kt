// Whole milliseconds, as the library takes them. Any part of one counts as one, and the longest times are no error here.
package io.github.libwotnot.internal

import kotlin.time.Duration
import kotlin.time.Duration.Companion.nanoseconds
import kotlin.time.toKotlinDuration

private val LESS_THAN_A_MILLISECOND = 999_999.nanoseconds

internal fun Duration.wholeMillis(): Long = (this + LESS_THAN_A_MILLISECOND).inWholeMilliseconds

internal fun java.time.Duration.wholeMillis(): Long = toKotlinDuration().wholeMillis()

/** The time of a wait. What is too long for the library (49 days) is a wait without an end: null. */
internal fun java.time.Duration.waitMillis(): Long? = wholeMillis().coerceAtLeast(0).takeIf { it < 0xFFFF_FFFFL }
