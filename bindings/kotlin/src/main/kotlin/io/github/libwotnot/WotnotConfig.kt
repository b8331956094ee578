package io.github.libwotnot

import io.github.libwotnot.internal.document
import io.github.libwotnot.internal.json
import io.github.libwotnot.internal.withoutUser
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/**
 * The settings of a client. All but the token have defaults; the checks are the native library's.
 *
 * @property token the account's token. A master key: keep it on servers, never in an app
 * @property botKey the bot to talk to when a call names none
 * @property botKeyField the name of the field that carries it on the wire; `bot_key` when null
 * @property baseUrl scheme, host and port of the service; the vendor's when null
 * @property timeoutMillis the overall deadline of a call, retries included; 30,000 when null
 * @property connectTimeoutMillis the share of it that making one connection may take; 10,000 when null
 * @property webhook how events come in; null for a client that only sends
 * @property userAgent the `User-Agent` header
 * @property statePath a file that keeps the conversations of visitors for `openConversation` over restarts
 * @property log what `logRecords` tells of calls; nothing when null
 * @property allowHttp allows `http://` to hosts beyond loopback: the token then travels in the clear
 */
public data class WotnotConfig @JvmOverloads constructor(
    val token: String,
    val botKey: String? = null,
    val baseUrl: String? = null,
    val webhook: Webhook? = null,
    val timeoutMillis: Long? = null,
    val connectTimeoutMillis: Long? = null,
    val retry: Retry? = null,
    val proxy: ProxySetting = ProxySetting.Environment,
    val tls: Tls? = null,
    val userAgent: String? = null,
    val botKeyField: String? = null,
    val allowHttp: Boolean = false,
    val statePath: String? = null,
    val log: LogLevel? = null,
) {
    /** These settings with another bot. */
    public fun withBotKey(botKey: String?): WotnotConfig = copy(botKey = botKey)

    /** These settings for another host of the service. */
    public fun withBaseUrl(baseUrl: String?): WotnotConfig = copy(baseUrl = baseUrl)

    /** These settings with events. */
    public fun withWebhook(webhook: Webhook?): WotnotConfig = copy(webhook = webhook)

    /** These settings with another overall deadline. */
    public fun withTimeoutMillis(timeoutMillis: Long?): WotnotConfig = copy(timeoutMillis = timeoutMillis)

    /** These settings with another deadline for connecting. */
    public fun withConnectTimeoutMillis(connectTimeoutMillis: Long?): WotnotConfig =
        copy(connectTimeoutMillis = connectTimeoutMillis)

    /** These settings with other retries. */
    public fun withRetry(retry: Retry?): WotnotConfig = copy(retry = retry)

    /** These settings with another way out. */
    public fun withProxy(proxy: ProxySetting): WotnotConfig = copy(proxy = proxy)

    /** These settings with other authorities. */
    public fun withTls(tls: Tls?): WotnotConfig = copy(tls = tls)

    /** These settings with another `User-Agent`. */
    public fun withUserAgent(userAgent: String?): WotnotConfig = copy(userAgent = userAgent)

    /** These settings with a file that keeps the conversations of visitors. */
    public fun withStatePath(statePath: String?): WotnotConfig = copy(statePath = statePath)

    /** These settings with a log. */
    public fun withLog(log: LogLevel?): WotnotConfig = copy(log = log)

    /** Without secrets. */
    override fun toString(): String =
        "WotnotConfig(token=[redacted], botKey=$botKey, baseUrl=${baseUrl?.withoutUser()}, webhook=$webhook, " +
            "timeoutMillis=$timeoutMillis, connectTimeoutMillis=$connectTimeoutMillis, retry=$retry, proxy=$proxy, " +
            "tls=$tls, userAgent=$userAgent, botKeyField=$botKeyField, allowHttp=$allowHttp, statePath=$statePath, log=$log)"

    internal fun json(): JsonObject = document(
        "token" to token.json(),
        "bot_key" to botKey.json(),
        "bot_key_field" to botKeyField.json(),
        "base_url" to baseUrl.json(),
        "timeout_ms" to timeoutMillis.json(),
        "connect_timeout_ms" to connectTimeoutMillis.json(),
        "retry" to retry?.json(),
        "proxy" to proxy.json(),
        "tls" to tls?.json(),
        "webhook" to webhook?.json(),
        "user_agent" to userAgent.json(),
        "allow_http" to JsonPrimitive(true).takeIf { allowHttp },
        "log" to log?.name?.lowercase().json(),
        "state" to statePath?.let { document("path" to it.json()) },
    )
}

/**
 * How events come in.
 *
 * @property token the shared token that is set beside the endpoint at the vendor
 * @property listen where to listen, such as `127.0.0.1:8089` (port 0 picks a free one); null when your
 *   own web server takes the posts and hands them to `acceptWebhook`
 * @property path the path of the endpoint; `/wotnot/events` when null
 * @property capacity how many events wait to be received before posts are refused; 16,384 when null
 * @property capacityBytes how many bytes they take before posts are refused, each its JSON text and 256 bytes; 64 MiB
 *   when null
 * @property idleMillis after how long without a reader a conversation gives way when all is full; 15 minutes when null
 */
public data class Webhook @JvmOverloads constructor(
    val token: String,
    val listen: String? = null,
    val path: String? = null,
    val capacity: Int? = null,
    val capacityBytes: Long? = null,
    val idleMillis: Long? = null,
) {
    /** Without the token. */
    override fun toString(): String =
        "Webhook(token=[redacted], listen=$listen, path=$path, capacity=$capacity, capacityBytes=$capacityBytes, " +
            "idleMillis=$idleMillis)"

    internal fun json(): JsonObject = document(
        "token" to token.json(),
        "listen" to listen.json(),
        "path" to path.json(),
        "capacity" to capacity.json(),
        "capacity_bytes" to capacityBytes.json(),
        "idle_ms" to idleMillis.json(),
    )
}

/**
 * Automatic retries of what cannot double a message.
 *
 * @property maxAttempts requests in all, the first included; 1 turns retries off
 * @property baseDelayMillis the upper bound of the first wait; it doubles from there
 * @property maxDelayMillis the upper bound of any wait
 */
public data class Retry @JvmOverloads constructor(
    val maxAttempts: Int? = null,
    val baseDelayMillis: Long? = null,
    val maxDelayMillis: Long? = null,
) {
    internal fun json(): JsonObject = document(
        "max_attempts" to maxAttempts.json(),
        "base_delay_ms" to baseDelayMillis.json(),
        "max_delay_ms" to maxDelayMillis.json(),
    )
}

/** The way out to the service. */
public sealed class ProxySetting {
    internal abstract fun json(): JsonElement

    /** `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, read once when the client is made. */
    public data object Environment : ProxySetting() {
        override fun json(): JsonElement = JsonPrimitive("env")
    }

    /** No proxy. */
    public data object Direct : ProxySetting() {
        override fun json(): JsonElement = JsonNull
    }

    /** An `http://` or `https://` proxy, which is asked to CONNECT. May hold a user and a password. */
    public data class Url(val url: String) : ProxySetting() {
        override fun toString(): String = "Url([redacted])"

        override fun json(): JsonElement = JsonPrimitive(url)
    }
}

/**
 * The TLS trust roots. There is no switch that turns verification off.
 *
 * @property roots `auto` (the system's store, or the bundled set where there is none), `system`, `bundled` or `none`
 * @property caFile a PEM file whose certificates are trusted besides
 * @property caPem PEM text whose certificates are trusted besides
 */
public data class Tls @JvmOverloads constructor(
    val roots: String? = null,
    val caFile: String? = null,
    val caPem: String? = null,
) {
    override fun toString(): String = "Tls(roots=$roots, caFile=$caFile, caPem=${caPem?.let { "[given]" }})"

    internal fun json(): JsonObject = document(
        "roots" to roots.json(),
        "ca_file" to caFile.json(),
        "ca_pem" to caPem.json(),
    )
}
