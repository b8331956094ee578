package io.github.libwotnot.testing

import io.github.libwotnot.Webhook
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotConfig
import io.github.libwotnot.blocking.WotnotClient
import io.github.libwotnot.internal.EMPTY
import io.github.libwotnot.internal.asObject
import io.github.libwotnot.internal.children
import io.github.libwotnot.internal.document
import io.github.libwotnot.internal.json
import io.github.libwotnot.internal.text
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import java.io.IOException
import java.net.HttpURLConnection
import java.net.URI
import java.net.URLEncoder
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** The webhook's token between the emulator and the clients that it makes. It guards nothing real. */
private const val WEBHOOK_TOKEN = "emulator-webhook-token"

/**
 * A stand-in for the vendor's service on this machine, for tests: no account, no network. Close it when done.
 *
 * It runs the `wotnot` command.
 *
 * @param flow the file of the bot that it runs
 * @param seed draws every id, time and chance, so that a run can be repeated
 * @param command the `wotnot` command; else the environment variable `WOTNOT_BIN` names it, else it is on the `PATH`
 * @throws IOException when the command is missing or does not start
 */
public class Emulator @JvmOverloads @Throws(IOException::class) constructor(
    flow: Path,
    seed: Long? = null,
    command: String? = null,
) : AutoCloseable {
    private val process = start(command ?: System.getenv("WOTNOT_BIN") ?: "wotnot", flow, seed)
    private val ready = firstLine()

    /** Where it listens. */
    public val baseUrl: String = ready.text("base_url").orEmpty()

    /** The account's token. */
    public val token: String = ready.text("token").orEmpty()

    /** The key of the bot. */
    public val botKey: String = ready.children("bots").firstOrNull()?.text("key").orEmpty()

    /** Settings of a client whose listener takes events; hand its URL to [setWebhook], or let [client] do so. */
    public fun config(): WotnotConfig =
        WotnotConfig(token, botKey = botKey, baseUrl = baseUrl, webhook = Webhook(WEBHOOK_TOKEN, listen = "127.0.0.1:0"))

    /** A client of this service that gets its events. */
    public fun client(): Wotnot = Wotnot(config()).also { setWebhook(it.status().webhookUrl.orEmpty()) }

    /** The same for Java and for threads. */
    public fun blockingClient(): WotnotClient = WotnotClient(config()).also { setWebhook(it.status().webhookUrl.orEmpty()) }

    /** Posts events to this URL from now on. The endpoint is tested first, as the service does. */
    @JvmOverloads
    public fun setWebhook(url: String, token: String = WEBHOOK_TOKEN) {
        control("PUT", "/webhook", document("url" to url.json(), "token" to token.json()))
    }

    /** What was said in a conversation, and the events that it made. */
    public fun transcript(conversationId: String): JsonObject = control("GET", "/conversations/${encoded(conversationId)}")

    /** The calls that came in, and what they were answered. */
    public fun requests(): List<JsonObject> = control("GET", "/requests").children("requests")

    /** What goes wrong from now on, in place of the rules before; an empty list ends it. */
    public fun setFaults(rules: List<JsonObject>) {
        control("PUT", "/faults", document("faults" to JsonArray(rules)))
    }

    /** Has a person of the company say something. */
    public fun agentSays(conversationId: String, text: String) {
        control("POST", "/conversations/${encoded(conversationId)}/agent", document("text" to text.json()))
    }

    /** Has the company's side close the conversation. */
    public fun closeConversation(conversationId: String) {
        control("POST", "/conversations/${encoded(conversationId)}/close")
    }

    /** Forgets every conversation, request and fault. */
    public fun reset() {
        control("POST", "/reset")
    }

    /**
     * Any call of the control API; [path] is what follows `/_emulator`.
     *
     * @throws IllegalArgumentException when the emulator refuses it, with what it says
     */
    @JvmOverloads
    public fun control(method: String, path: String, body: JsonObject? = null): JsonObject {
        val url = URI(ready.text("control_url").orEmpty().trimEnd('/') + path).toURL()
        val call = url.openConnection() as HttpURLConnection
        call.requestMethod = method
        ready.text("control_token")?.let { call.setRequestProperty("Authorization", "Bearer $it") }
        if (body != null) {
            call.setRequestProperty("Content-Type", "application/json")
            call.doOutput = true
            call.outputStream.use { it.write(body.toString().toByteArray()) }
        }
        val status = call.responseCode
        val stream = if (status < HttpURLConnection.HTTP_BAD_REQUEST) call.inputStream else call.errorStream
        val answer = parsed(stream?.use { it.readBytes().toString(Charsets.UTF_8) })
        require(status < HttpURLConnection.HTTP_MULT_CHOICE) { "$method $path: ${answer.text("error") ?: status}" }
        return answer
    }

    /** Ends it. A second time does nothing. */
    override fun close() {
        process.destroy()
        if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
    }

    private fun firstLine(): JsonObject {
        val output = process.inputStream.bufferedReader()
        val line = output.readLine()
        // What it says later is not needed, but a full pipe would hold it up.
        thread(isDaemon = true, name = "wotnot-emulator") { runCatching { output.forEachLine { } } }
        if (line == null) {
            close()
            throw IOException("the emulator did not start: it wrote why to the standard error")
        }
        return parsed(line)
    }

    private companion object {
        fun start(command: String, flow: Path, seed: Long?): Process {
            val words = listOf(command, "emulate", "--json", "--flow", flow.toString()) +
                if (seed == null) emptyList() else listOf("--seed", seed.toString())
            try {
                return ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start()
            } catch (error: IOException) {
                throw IOException(
                    "`$command emulate` does not run: put the `wotnot` command on the PATH, " +
                        "or name it in the environment variable WOTNOT_BIN",
                    error,
                )
            }
        }

        fun parsed(text: String?): JsonObject = try {
            text?.let(Json::parseToJsonElement)?.asObject() ?: EMPTY
        } catch (_: SerializationException) {
            EMPTY
        }

        fun encoded(id: String): String = URLEncoder.encode(id, "UTF-8").replace("+", "%20")
    }
}
