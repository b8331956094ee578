# frozen_string_literal: true

module Wotnot
  # A visitor's conversation. It sends on behalf of the visitor, and every failure says what became of the message.
  # Times are seconds.
  class Conversation < Document
    # @api private
    def initialize(client, raw)
      super(raw)
      @client = client
    end

    # Names the conversation, here and in {Event#conversation_id}.
    def id = raw.dig("conversation", "id")

    # How {Client#open_conversation} came by it: `started`, `reused`, or `recovered` when the answer to its start was
    # lost and an event named it.
    def opened = raw["opened"]

    # Whether the service took the message of the call that gave this.
    def message_sent? = raw.fetch("message_sent", raw.key?("contact"))

    # The visitor as the service knows them: a Hash with `name`, `email`, `phone` and `visitor_key`.
    def contact = raw["contact"] || {}

    # Sends typed text, or an answer such as a choice's own or one that {Client#answer} made. Gives what is known of it:
    # a {Sent}.
    #
    # @param client_id your own id of the message; through a gateway, which counts it once
    # @param queue whether it is kept where there is no network, and goes out later; through a gateway
    def send_message(message, timeout: nil, client_id: nil, queue: nil)
      Sent.new(@client.call("send_message", params(message, timeout).merge(Client.given(client_id:, queue:))))
    end

    # Decides on a message whose {Event#state} is `unconfirmed`, through a gateway: `resend` or `discard`. Gives a {Sent}.
    def resolve(client_id, action, timeout: nil)
      Sent.new(@client.call("resolve", Client.given(conversation_id: id, client_id:, action:, timeout_ms: Client.millis(timeout))))
    end

    # The whole conversation as a gateway has it, a text: `json`, `txt` or `html`.
    def transcript(format: "txt", timeout: nil)
      @client.call("transcript", Client.given(conversation_id: id, format:, timeout_ms: Client.millis(timeout)))["content"]
    end

    # Says something, text or an answer, and gives the bot's whole turn: all that comes until it asks something, the
    # conversation is closed or handed over, or nothing more comes for `quiet` seconds. It needs a client with a
    # webhook. When it fails, no event is lost.
    def ask(message, timeout: nil, quiet: nil)
      Turn.new(@client.call("converse", params(message, timeout).merge(Client.given(quiet_ms: Client.millis(quiet)))))
    end

    # The next event of this conversation, or nil when none arrives within the time. Those of others stay for others.
    def receive(timeout: nil) = @client.receive(timeout: timeout, conversation: id)

    # The events of this conversation, as {Client#events} gives those of all.
    def events(timeout: nil, &block) = @client.events(timeout: timeout, conversation: id, &block)

    def shown = %i[id opened]

    private

    def params(message, timeout)
      Client.given(conversation_id: id, message: Message.wrap(message), timeout_ms: Client.millis(timeout))
    end
  end
end
