package io.github.libwotnot

import io.github.libwotnot.internal.document
import io.github.libwotnot.internal.json
import io.github.libwotnot.internal.withoutUser
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** The settings of a client. All but [token] or [gateway] have defaults; the checks are the native library's. */
public data class WotnotConfig @JvmOverloads constructor(
    // generated: settings, by `cargo xtask generate`
    /** The account's JWT. A master key: keep it on servers. Required, but where there is a `gateway`. */
    val token: String? = null,
    /** The bot to talk to when a call names none. The bot's trigger block shows it. */
    val botKey: String? = null,
    /**
     * Scheme, host and port of the service; https, or http on loopback. A path `/api/v1` at its end is left off.
     * `https://app.wotnot.io` when null.
     */
    val baseUrl: String? = null,
    /** How events come in. Without it a client only sends. */
    val webhook: Webhook? = null,
    /** The overall deadline of a call: attempts, waits, DNS and connecting included. 30,000 when null. */
    val timeoutMillis: Long? = null,
    /**
     * The share of `timeoutMillis` that making one connection may take: look-up, TCP, TLS and the way through a proxy.
     * What takes longer has sent nothing, and is tried again. 10,000 when null.
     */
    val connectTimeoutMillis: Long? = null,
    /** Automatic retries of what cannot double a message. */
    val retry: Retry? = null,
    /** The way out to the service. */
    val proxy: ProxySetting = ProxySetting.Environment,
    /** TLS trust roots. There is no switch that turns verification off. */
    val tls: Tls? = null,
    /** The `User-Agent` header. The library's name and version when absent. */
    val userAgent: String? = null,
    /**
     * The name of the field that carries the bot key on the wire: `"bot_key"` or `"publish_key"`. `bot_key` when null.
     */
    val botKeyField: String? = null,
    /** Allows `http://` to hosts beyond loopback. The token then travels in the clear. */
    val allowHttp: Boolean = false,
    /**
     * The file that keeps which conversation each visitor has, in a folder that exists. Several processes of one
     * machine may share it; each account has its own. Through a gateway it keeps who the visitor is, what was received
     * and what waits for a network, and belongs to one client.
     */
    val statePath: String? = null,
    /**
     * Seals that file: 32 random bytes in Base64, which the app keeps where its system keeps keys. A file that was
     * written with another key, or without one, is refused.
     */
    val stateKey: String? = null,
    /**
     * What is logged: `retries` logs each retry and the end of each call that was tried again or failed, `calls` the
     * end of every other call too. `logRecords` gives it. `off` when null.
     */
    val log: LogLevel? = null,
    /**
     * The gateway to talk through as a visitor, in place of `token`, `botKey`, `baseUrl` and `webhook`: for phones,
     * kiosks and programs that must not hold the account's token.
     */
    val gateway: Gateway? = null,
    // generated: end
) {
    // generated: with, by `cargo xtask generate`
    /** These settings with another [botKey]. */
    public fun withBotKey(botKey: String?): WotnotConfig = copy(botKey = botKey)

    /** These settings with another [baseUrl]. */
    public fun withBaseUrl(baseUrl: String?): WotnotConfig = copy(baseUrl = baseUrl)

    /** These settings with another [webhook]. */
    public fun withWebhook(webhook: Webhook?): WotnotConfig = copy(webhook = webhook)

    /** These settings with another [timeoutMillis]. */
    public fun withTimeoutMillis(timeoutMillis: Long?): WotnotConfig = copy(timeoutMillis = timeoutMillis)

    /** These settings with another [connectTimeoutMillis]. */
    public fun withConnectTimeoutMillis(connectTimeoutMillis: Long?): WotnotConfig =
        copy(connectTimeoutMillis = connectTimeoutMillis)

    /** These settings with another [retry]. */
    public fun withRetry(retry: Retry?): WotnotConfig = copy(retry = retry)

    /** These settings with another [proxy]. */
    public fun withProxy(proxy: ProxySetting): WotnotConfig = copy(proxy = proxy)

    /** These settings with another [tls]. */
    public fun withTls(tls: Tls?): WotnotConfig = copy(tls = tls)

    /** These settings with another [userAgent]. */
    public fun withUserAgent(userAgent: String?): WotnotConfig = copy(userAgent = userAgent)

    /** These settings with another [botKeyField]. */
    public fun withBotKeyField(botKeyField: String?): WotnotConfig = copy(botKeyField = botKeyField)

    /** These settings with another [allowHttp]. */
    public fun withAllowHttp(allowHttp: Boolean): WotnotConfig = copy(allowHttp = allowHttp)

    /** These settings with another [statePath]. */
    public fun withStatePath(statePath: String?): WotnotConfig = copy(statePath = statePath)

    /** These settings with another [stateKey]. */
    public fun withStateKey(stateKey: String?): WotnotConfig = copy(stateKey = stateKey)

    /** These settings with another [log]. */
    public fun withLog(log: LogLevel?): WotnotConfig = copy(log = log)

    /** These settings with another [gateway]. */
    public fun withGateway(gateway: Gateway?): WotnotConfig = copy(gateway = gateway)

    // generated: end

    /** Without secrets. */
    override fun toString(): String =
        "WotnotConfig(token=[redacted], botKey=$botKey, baseUrl=${baseUrl?.withoutUser()}, webhook=$webhook, " +
            "timeoutMillis=$timeoutMillis, connectTimeoutMillis=$connectTimeoutMillis, retry=$retry, proxy=$proxy, " +
            "tls=$tls, userAgent=$userAgent, botKeyField=$botKeyField, allowHttp=$allowHttp, statePath=$statePath, " +
            "stateKey=${stateKey?.let { "[given]" }}, " +
            "log=$log, gateway=$gateway)"

    internal fun json(): JsonObject = document(
        // generated: document, by `cargo xtask generate`
        "token" to token.json(),
        "bot_key" to botKey.json(),
        "base_url" to baseUrl.json(),
        "webhook" to webhook?.json(),
        "timeout_ms" to timeoutMillis.json(),
        "connect_timeout_ms" to connectTimeoutMillis.json(),
        "retry" to retry?.json(),
        "proxy" to proxy.json(),
        "tls" to tls?.json(),
        "user_agent" to userAgent.json(),
        "bot_key_field" to botKeyField.json(),
        "allow_http" to JsonPrimitive(true).takeIf { allowHttp },
        "state" to statePath?.let { document("path" to it.json(), "key" to stateKey.json()) },
        "log" to log?.name?.lowercase().json(),
        "gateway" to gateway?.json(),
        // generated: end
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

// generated: sections, by `cargo xtask generate`
/** How events come in. Without it a client only sends. */
public data class Webhook @JvmOverloads constructor(
    /** The shared token that is set beside the endpoint at the vendor. */
    val token: String,
    /**
     * Where to listen, such as `127.0.0.1:8089` (port 0 picks a free one). Without it your own web server takes the
     * posts.
     */
    val listen: String? = null,
    /** The path of the endpoint. `/wotnot/events` when null. */
    val path: String? = null,
    /** How many events wait to be received before posts are refused. 16,384 when null. */
    val capacity: Int? = null,
    /** How many bytes they take before posts are refused: each its JSON text and 256 bytes. 64 MiB when null. */
    val capacityBytes: Long? = null,
    /** After how long without a reader a conversation gives way when all is full. 900,000 when null. */
    val idleMillis: Long? = null,
) {
    /** Without secrets. */
    override fun toString(): String =
        "Webhook(token=[redacted], listen=$listen, path=$path, " +
            "capacity=$capacity, capacityBytes=$capacityBytes, idleMillis=$idleMillis)"

    internal fun json(): JsonObject = document(
        "token" to token.json(),
        "listen" to listen.json(),
        "path" to path.json(),
        "capacity" to capacity.json(),
        "capacity_bytes" to capacityBytes.json(),
        "idle_ms" to idleMillis.json(),
    )
}

/** Automatic retries of what cannot double a message. */
public data class Retry @JvmOverloads constructor(
    /** Requests in all, the first included. 1 turns retries off. 4 when null. */
    val maxAttempts: Int? = null,
    /** The upper bound of the first wait; it doubles from there. 200 when null. */
    val baseDelayMillis: Long? = null,
    /** The upper bound of any wait. 8,000 when null. */
    val maxDelayMillis: Long? = null,
) {
    internal fun json(): JsonObject = document(
        "max_attempts" to maxAttempts.json(),
        "base_delay_ms" to baseDelayMillis.json(),
        "max_delay_ms" to maxDelayMillis.json(),
    )
}

/** TLS trust roots. There is no switch that turns verification off. */
public data class Tls @JvmOverloads constructor(
    /**
     * The base set of authorities: `auto` is the system's store, or the bundled set where there is none. `auto` when
     * null.
     */
    val roots: String? = null,
    /** A PEM file whose certificates are trusted besides. */
    val caFile: String? = null,
    /** PEM text whose certificates are trusted besides. */
    val caPem: String? = null,
) {
    /** Without secrets. */
    override fun toString(): String =
        "Tls(roots=$roots, caFile=$caFile, " +
            "caPem=${caPem?.let { "[given]" }})"

    internal fun json(): JsonObject = document(
        "roots" to roots.json(),
        "ca_file" to caFile.json(),
        "ca_pem" to caPem.json(),
    )
}

/**
 * The gateway to talk through as a visitor, in place of `token`, `botKey`, `baseUrl` and `webhook`: for phones, kiosks
 * and programs that must not hold the account's token.
 */
public data class Gateway @JvmOverloads constructor(
    /** Scheme, host and port of the gateway; https, or http on loopback. */
    val url: String,
    /** The app id of the gateway's site. */
    val app: String,
    /**
     * What the site signed of the visitor. Without it the visitor is anonymous, and stays the same through the state
     * file.
     */
    val identity: String? = null,
    /** Whether a background thread fills the inbox. Without it the thread that waits for events fetches them. */
    val background: Boolean = false,
) {
    /** Without secrets. */
    override fun toString(): String =
        "Gateway(url=$url, app=$app, " +
            "identity=${identity?.let { "[given]" }}, background=$background)"

    internal fun json(): JsonObject = document(
        "url" to url.json(),
        "app" to app.json(),
        "identity" to identity.json(),
        "background" to JsonPrimitive(true).takeIf { background },
    )
}

// generated: end
