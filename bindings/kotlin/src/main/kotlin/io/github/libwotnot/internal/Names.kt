// The library names fields as JSON does. Who gave an argument or a setting of this package gets that name in errors.
package io.github.libwotnot.internal

import io.github.libwotnot.WotnotException
import kotlin.time.Duration.Companion.milliseconds

/** The field that an error begins with, where it names one. */
private val FIELD = Regex("""^[\w.]+(?=: )""")

private val MILLIS = Regex("""expected a whole number from (\d+) to (\d+), found .*""")

/** Fields of this package that are no camel case of those in JSON. */
private val SETTINGS = mapOf("state.path" to "statePath", "state.key" to "stateKey")

/** What the library says of a setting, under the name that [io.github.libwotnot.WotnotConfig] has for it. */
internal inline fun <T> namingSettings(work: () -> T): T = renaming(::settingNames, work)

/** What the library says of a parameter, under the name of the argument. */
internal inline fun <T> namingArguments(work: () -> T): T = renaming(::argumentNames, work)

internal inline fun <T> renaming(names: (String) -> String, work: () -> T): T = try {
    work()
} catch (error: WotnotException.InvalidArgument) {
    throw error.renamed(names(error.reason))
}

internal fun settingNames(message: String): String =
    message.replace(FIELD) { SETTINGS[it.value] ?: camelCase(it.value.replace(Regex("_ms$"), "_millis")) }

/** A message and variables are given in the service's own form, and stay as they are. Times are durations here. */
internal fun argumentNames(message: String): String {
    val field = FIELD.find(message)?.value.orEmpty()
    return when {
        field.startsWith("message") || field.startsWith("variables") -> message
        field.endsWith("_ms") -> message.replaceFirst(field, camelCase(field.removeSuffix("_ms"))).replace(MILLIS) {
            val (least, most) = it.destructured
            "expected a duration from ${least.toLong().milliseconds} to ${most.toLong().milliseconds}"
        }
        else -> message.replaceFirst(field, camelCase(field))
    }
}

private fun camelCase(name: String): String = name.replace(Regex("_([a-z])")) { it.groupValues[1].uppercase() }
