using System;
using System.Globalization;

namespace Wotnot
{
    /// <summary>What became of a message whose call failed. Ask it before you offer "try again".</summary>
    public enum Delivery
    {
        /// <summary>The call sends nothing.</summary>
        None,

        /// <summary>No byte reached the service.</summary>
        NotSent,

        /// <summary>The service said no.</summary>
        Rejected,

        /// <summary>The message may have been taken.</summary>
        Unknown,
    }

    /// <summary>
    /// What a call throws instead of giving its value: one class for each family of codes. A code that this version does
    /// not know is this class itself.
    /// </summary>
    public class WotnotException : Exception
    {
        private readonly JsonObject document;

        internal WotnotException(JsonObject document) : base($"{document.Text("code")}: {document.Text("message")}")
        {
            this.document = document;
        }

        /// <summary>The code's name, such as <c>rate_limited</c>.</summary>
        public string Code => document.Text("code");

        /// <summary>The number of the code in the C library.</summary>
        public int Status => (int)(document.Integer("status") ?? 0);

        /// <summary>What was wrong, what was expected and what to do. Never a secret.</summary>
        public string Reason => document.Text("message");

        /// <summary>Whether the same call may succeed later without a change.</summary>
        public bool IsRetryable => document.Flag("retryable");

        /// <summary>How long the service asked to wait.</summary>
        public TimeSpan? RetryAfter =>
            document.Integer("retry_after_ms") is long millis ? TimeSpan.FromMilliseconds(millis) : (TimeSpan?)null;

        /// <summary>What became of the message.</summary>
        public Delivery Delivery
        {
            get
            {
                switch (document.Text("delivery"))
                {
                    case "not_sent": return Delivery.NotSent;
                    case "rejected": return Delivery.Rejected;
                    case "unknown": return Delivery.Unknown;
                    default: return Delivery.None;
                }
            }
        }

        /// <summary>The HTTP status of the last answer.</summary>
        public int? HttpStatus => (int?)document.Integer("http_status");

        /// <summary>The service's own word, such as <c>JWT_SIGNATURE_EXCEPTION</c>.</summary>
        public string ApiCode => document.Text("api_code");

        /// <summary>How many requests were tried.</summary>
        public int Attempts => (int)(document.Integer("attempts") ?? 0);

        /// <summary>The method that was called.</summary>
        public string Method => document.Text("method");

        /// <summary>What your own web server must answer; on errors of a webhook's post alone.</summary>
        public Reply Reply => document.Object("reply") is JsonObject reply ? new Reply(reply) : null;

        /// <summary>The whole error, as the library wrote it.</summary>
        public JsonObject Raw => document;

        internal static WotnotException Refused(string reason) => Of(new JsonObject
        {
            { "code", "invalid_argument" },
            { "status", new JsonNumber(13.ToString(CultureInfo.InvariantCulture)) },
            { "message", reason },
            { "delivery", "not_sent" },
        });

        internal static WotnotException Of(JsonObject document)
        {
            switch (document.Text("code"))
            {
                // generated: table, by `cargo xtask generate`
                case "interrupted": return new InterruptedException(document);
                case "closed": return new ClosedException(document);
                case "null_argument": return new InvalidArgumentException(document);
                case "invalid_utf8": return new InvalidArgumentException(document);
                case "invalid_json": return new InvalidArgumentException(document);
                case "invalid_argument": return new InvalidArgumentException(document);
                case "invalid_client": return new ClosedException(document);
                case "forked": return new ForkedException(document);
                case "unknown_method": return new InvalidArgumentException(document);
                case "network": return new NetworkException(document);
                case "tls": return new TlsException(document);
                case "proxy": return new ProxyException(document);
                case "request_timeout": return new RequestTimeoutException(document);
                case "unauthorized": return new UnauthorizedException(document);
                case "channel_not_enabled": return new ChannelNotEnabledException(document);
                case "conversation_not_created": return new ConversationNotCreatedException(document);
                case "invalid_request": return new InvalidRequestException(document);
                case "not_found": return new NotFoundException(document);
                case "rate_limited": return new RateLimitedException(document);
                case "rejected": return new RejectedException(document);
                case "server_error": return new ServerErrorException(document);
                case "protocol_error": return new ProtocolErrorException(document);
                case "webhook_rejected": return new WebhookRejectedException(document);
                case "overloaded": return new OverloadedException(document);
                case "internal": return new InternalException(document);
                case "panic": return new InternalException(document);
                // generated: end
                default: return new WotnotException(document);
            }
        }
    }

    // generated: classes, by `cargo xtask generate`
    /// <summary>`interrupt` or a cancellation woke the call.</summary>
    public sealed class InterruptedException : WotnotException
    {
        internal InterruptedException(JsonObject document) : base(document) { }
    }

    /// <summary>The client was closed, now or before.</summary>
    public sealed class ClosedException : WotnotException
    {
        internal ClosedException(JsonObject document) : base(document) { }
    }

    /// <summary>A field of the configuration or of the parameters is wrong; the message names it. Nothing was sent.</summary>
    public sealed class InvalidArgumentException : WotnotException
    {
        internal InvalidArgumentException(JsonObject document) : base(document) { }
    }

    /// <summary>The client was made before a fork; make a new one in the child.</summary>
    public sealed class ForkedException : WotnotException
    {
        internal ForkedException(JsonObject document) : base(document) { }
    }

    /// <summary>Resolving, connecting, reading or writing failed.</summary>
    public class NetworkException : WotnotException
    {
        internal NetworkException(JsonObject document) : base(document) { }
    }

    /// <summary>The TLS handshake or the certificate was refused.</summary>
    public sealed class TlsException : NetworkException
    {
        internal TlsException(JsonObject document) : base(document) { }
    }

    /// <summary>The proxy refused or could not be reached.</summary>
    public sealed class ProxyException : NetworkException
    {
        internal ProxyException(JsonObject document) : base(document) { }
    }

    /// <summary>The overall deadline passed.</summary>
    public sealed class RequestTimeoutException : WotnotException
    {
        internal RequestTimeoutException(JsonObject document) : base(document) { }
    }

    /// <summary>The service refused the token.</summary>
    public sealed class UnauthorizedException : WotnotException
    {
        internal UnauthorizedException(JsonObject document) : base(document) { }
    }

    /// <summary>The API channel is not enabled in the account.</summary>
    public sealed class ChannelNotEnabledException : WotnotException
    {
        internal ChannelNotEnabledException(JsonObject document) : base(document) { }
    }

    /// <summary>The service made no conversation; try again later.</summary>
    public sealed class ConversationNotCreatedException : WotnotException
    {
        internal ConversationNotCreatedException(JsonObject document) : base(document) { }
    }

    /// <summary>The service called the request invalid.</summary>
    public sealed class InvalidRequestException : WotnotException
    {
        internal InvalidRequestException(JsonObject document) : base(document) { }
    }

    /// <summary>The service knows no such path or conversation.</summary>
    public sealed class NotFoundException : WotnotException
    {
        internal NotFoundException(JsonObject document) : base(document) { }
    }

    /// <summary>The service asked to slow down. See <see cref="WotnotException.RetryAfter"/>.</summary>
    public sealed class RateLimitedException : WotnotException
    {
        internal RateLimitedException(JsonObject document) : base(document) { }
    }

    /// <summary>The service refused in another way: any other 4xx.</summary>
    public sealed class RejectedException : WotnotException
    {
        internal RejectedException(JsonObject document) : base(document) { }
    }

    /// <summary>The service failed: any 5xx.</summary>
    public sealed class ServerErrorException : WotnotException
    {
        internal ServerErrorException(JsonObject document) : base(document) { }
    }

    /// <summary>The answer is not what the API promises.</summary>
    public sealed class ProtocolErrorException : WotnotException
    {
        internal ProtocolErrorException(JsonObject document) : base(document) { }
    }

    /// <summary>The webhook token is missing or wrong. For a post: answer it with <see cref="WotnotException.Reply"/>.</summary>
    public sealed class WebhookRejectedException : WotnotException
    {
        internal WebhookRejectedException(JsonObject document) : base(document) { }
    }

    /// <summary>A queue of this library is full, or the system gives no thread. For a post: answer it with <see cref="WotnotException.Reply"/>.</summary>
    public sealed class OverloadedException : WotnotException
    {
        internal OverloadedException(JsonObject document) : base(document) { }
    }

    /// <summary>A fault of this library. Please report it.</summary>
    public sealed class InternalException : WotnotException
    {
        internal InternalException(JsonObject document) : base(document) { }
    }

    // generated: end
}
