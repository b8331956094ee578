package io.github.libwotnot

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import java.util.logging.ConsoleHandler
import java.util.logging.Level
import java.util.logging.Logger

/** What a program that prints everything prints and logs, when `WOTNOT_SHOW` asks for it. Never an event. */
internal object LeakProbe {
    private val control: String? = System.getenv("WOTNOT_SHOW")
    private val logger = Logger.getLogger("app")

    init {
        if (control != null) {
            val everything = Logger.getLogger("")
            everything.level = Level.ALL
            everything.handlers.forEach(everything::removeHandler)
            everything.addHandler(ConsoleHandler().apply { level = Level.ALL })
            logger.finest("logged $control")
        }
    }

    /** A client, and the settings that a program would have made it with. */
    fun show(client: Any, config: JsonObject) {
        print(client)
        val word = { fields: JsonObject, name: String -> (fields[name] as? JsonPrimitive)?.contentOrNull }
        val webhook = (config["webhook"] as? JsonObject)?.let { Webhook(word(it, "token").orEmpty(), word(it, "listen")) }
        val proxy = word(config, "proxy")?.let { ProxySetting.Url(it) } ?: ProxySetting.Direct
        print(WotnotConfig(word(config, "token").orEmpty(), webhook = webhook, proxy = proxy))
    }

    /** An error, with its trace and causes. */
    fun show(error: WotnotException) {
        print("$error ${error.message} ${error.reason} ${error.localizedMessage} ${error.reply} ${error.stackTraceToString()}")
        if (control != null) logger.log(Level.FINEST, "a call failed", error)
    }

    private fun print(what: Any) {
        if (control != null) println("shown $control $what")
    }
}
