# frozen_string_literal: true

module Wotnot
  # What your own web server must answer to a post of the service. {#body} is JSON, and holds the webhook's token in
  # answer to the service's test of the endpoint.
  Reply = Struct.new(:status, :body) do
    def self.of(document) = new(document.fetch("status"), document.fetch("body")).freeze

    def inspect = "#<Wotnot::Reply status=#{status}>"
    alias_method :to_s, :inspect
  end

  # What a call raises instead of giving its value: one class for each family of codes. A code that this version does
  # not know is this class itself.
  class Error < StandardError
    # The code's name, such as `rate_limited`.
    attr_reader :code
    # The number of the code in the C library.
    attr_reader :status
    # What was wrong, what was expected and what to do. Never a secret.
    attr_reader :reason
    # How many milliseconds the service asked to wait.
    attr_reader :retry_after_ms
    # What became of the message: `not_sent`, `rejected`, or `unknown` when it may have been taken; nil for calls that
    # send nothing.
    attr_reader :delivery
    # The HTTP status of the last answer.
    attr_reader :http_status
    # The service's own word, such as `JWT_SIGNATURE_EXCEPTION`.
    attr_reader :api_code
    # How many requests were tried.
    attr_reader :attempts
    # The method that was called.
    attr_reader :method_name
    # What your own web server must answer; on webhook errors alone.
    attr_reader :reply

    # @api private
    def self.of(document) = CLASSES.fetch(document["code"], self).new(document)

    # @api private
    def initialize(document)
      @code, @status, @reason = document.values_at("code", "status", "message")
      @retryable = document["retryable"] == true
      @retry_after_ms, @delivery, @http_status = document.values_at("retry_after_ms", "delivery", "http_status")
      @api_code, @method_name = document.values_at("api_code", "method")
      @attempts = document["attempts"] || 0
      @reply = document["reply"] && Reply.of(document["reply"])
      super("#{code}: #{reason}")
    end

    # Whether the same call may succeed later without a change.
    def retryable? = @retryable
  end

  # generated: classes, by `cargo xtask generate`
  # `interrupt` or a cancellation woke the call.
  class InterruptedError < Error; end

  # The client was closed, now or before.
  class ClosedError < Error; end

  # A field of the configuration or of the parameters is wrong; the message names it. Nothing was sent.
  class InvalidArgumentError < Error; end

  # The client was made before a fork; make a new one in the child.
  class ForkedError < Error; end

  # Resolving, connecting, reading or writing failed.
  class NetworkError < Error; end

  # The TLS handshake or the certificate was refused.
  class TlsError < NetworkError; end

  # The proxy refused or could not be reached.
  class ProxyError < NetworkError; end

  # The overall deadline passed.
  class RequestTimeoutError < Error; end

  # The service refused the token.
  class UnauthorizedError < Error; end

  # The API channel is not enabled in the account.
  class ChannelNotEnabledError < Error; end

  # The service made no conversation; try again later.
  class ConversationNotCreatedError < Error; end

  # The service called the request invalid.
  class InvalidRequestError < Error; end

  # The service knows no such path or conversation.
  class NotFoundError < Error; end

  # The service asked to slow down. See {#retry_after_ms}.
  class RateLimitedError < Error; end

  # The service refused in another way: any other 4xx.
  class RejectedError < Error; end

  # The service failed: any 5xx.
  class ServerError < Error; end

  # The answer is not what the API promises.
  class ProtocolError < Error; end

  # The webhook token is missing or wrong. For a post: answer it with {#reply}.
  class WebhookRejectedError < Error; end

  # A queue of this library is full, or the system gives no thread. For a post: answer it with {#reply}.
  class OverloadedError < Error; end

  # A fault of this library. Please report it.
  class InternalError < Error; end

  # generated: end

  class Error
    CLASSES = {
      # generated: table
      "interrupted" => InterruptedError,
      "closed" => ClosedError,
      "null_argument" => InvalidArgumentError,
      "invalid_utf8" => InvalidArgumentError,
      "invalid_json" => InvalidArgumentError,
      "invalid_argument" => InvalidArgumentError,
      "invalid_client" => ClosedError,
      "forked" => ForkedError,
      "unknown_method" => InvalidArgumentError,
      "network" => NetworkError,
      "tls" => TlsError,
      "proxy" => ProxyError,
      "request_timeout" => RequestTimeoutError,
      "unauthorized" => UnauthorizedError,
      "channel_not_enabled" => ChannelNotEnabledError,
      "conversation_not_created" => ConversationNotCreatedError,
      "invalid_request" => InvalidRequestError,
      "not_found" => NotFoundError,
      "rate_limited" => RateLimitedError,
      "rejected" => RejectedError,
      "server_error" => ServerError,
      "protocol_error" => ProtocolError,
      "webhook_rejected" => WebhookRejectedError,
      "overloaded" => OverloadedError,
      "internal" => InternalError,
      "panic" => InternalError,
      # generated: end
    }.freeze
    private_constant :CLASSES
  end
end
