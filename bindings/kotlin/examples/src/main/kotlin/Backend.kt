// A web backend on Ktor: many visitors, each in a window of their own.
//
//   POST   /wotnot/events           the service posts what the bots say
//   POST   /visitors/ID/messages    {"text": ...}: the visitor says something; at first, that starts a conversation
//   GET    /visitors/ID/events      what they have not seen yet; waits up to 20 seconds for it
//   DELETE /visitors/ID             the visitor has left
//
// The client keeps the events of each conversation until its window asks for them, so that one that nobody looks at
// holds up no other. What nobody asks for in 15 minutes gives way when there is no room.

import io.github.libwotnot.Conversation
import io.github.libwotnot.Event
import io.github.libwotnot.Reply
import io.github.libwotnot.Webhook
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotConfig
import io.github.libwotnot.WotnotException
import io.ktor.http.ContentType
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.ApplicationCall
import io.ktor.server.cio.CIO
import io.ktor.server.engine.embeddedServer
import io.ktor.server.request.receiveText
import io.ktor.server.response.respondText
import io.ktor.server.routing.RoutingContext
import io.ktor.server.routing.delete
import io.ktor.server.routing.get
import io.ktor.server.routing.post
import io.ktor.server.routing.routing
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import java.util.concurrent.ConcurrentHashMap
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

private val WAIT = 20.seconds

private val NOT_FOUND = Reply(404, "{}")

private class Backend(private val client: Wotnot) {
    private val chats = ConcurrentHashMap<String, Conversation>()

    /** Starts the visitor's conversation with this, or goes on with the one that they have. */
    suspend fun say(visitor: String, text: String): Reply {
        val chat = client.openConversation(visitor, text)
        chats[visitor] = chat
        if (!chat.isMessageSent) chat.sendText(text)
        return Reply(200, buildJsonObject { put("conversation", chat.id) }.toString())
    }

    /** What the visitor's window has to show next: waits for one event, and takes the rest that is there already. */
    suspend fun events(visitor: String): Reply {
        val chat = chats[visitor] ?: return NOT_FOUND
        val seen = mutableListOf<String>()
        var event = chat.receive(WAIT)
        while (event != null) {
            if ((event as? Event.Message)?.by != "visitor") seen += event.toJson()
            event = chat.receive(Duration.ZERO)
        }
        return Reply(200, seen.joinToString(",", "[", "]"))
    }

    /** Drops the conversation, and the events of it that wait. */
    fun leave(visitor: String): Reply {
        val wasHere = chats.remove(visitor) != null
        client.forget(visitor)
        return if (wasHere) Reply(200, "{}") else NOT_FOUND
    }

    /** What the service must be answered: 401 for a wrong token, 503 when there is no room, and then it comes again. */
    fun accept(body: String, authorization: String?): Reply = try {
        client.acceptWebhook(body, authorization)
    } catch (error: WotnotException) {
        error.reply ?: Reply(500, "{}")
    }
}

private suspend fun ApplicationCall.answer(reply: Reply) =
    respondText(reply.body, ContentType.Application.Json, HttpStatusCode.fromValue(reply.status))

private suspend fun RoutingContext.serve(work: suspend (visitor: String) -> Reply) {
    val reply = try {
        work(call.parameters["visitor"].orEmpty())
    } catch (error: WotnotException) {
        // The window asks before it offers to say it again: it may have been taken.
        val delivery = error.delivery?.name?.lowercase()
        Reply(502, buildJsonObject { put("code", error.code); put("delivery", delivery) }.toString())
    }
    call.answer(reply)
}

/** What is said in a request of a window; null when it is none. */
private fun said(body: String): String? =
    runCatching { Json.parseToJsonElement(body) as? JsonObject }.getOrNull()
        ?.let { it["text"] as? JsonPrimitive }?.takeIf { it.isString }?.content

fun main() {
    val config = WotnotConfig(
        token = System.getenv("WOTNOT_TOKEN"),
        botKey = System.getenv("WOTNOT_BOT_KEY"),
        baseUrl = System.getenv("WOTNOT_BASE_URL"),
        webhook = Webhook(System.getenv("WOTNOT_WEBHOOK_TOKEN")),
    )
    val (host, port) = System.getenv("WOTNOT_LISTEN").split(":")
    val backend = Backend(Wotnot(config))
    embeddedServer(CIO, port = port.toInt(), host = host) {
        routing {
            post("/wotnot/events") { call.answer(backend.accept(call.receiveText(), call.request.headers["Authorization"])) }
            post("/visitors/{visitor}/messages") {
                val text = said(call.receiveText())
                serve { visitor -> if (text == null) Reply(400, "{}") else backend.say(visitor, text) }
            }
            get("/visitors/{visitor}/events") { serve(backend::events) }
            delete("/visitors/{visitor}") { serve { visitor -> backend.leave(visitor) } }
        }
    }.start(wait = true)
}
