# frozen_string_literal: true

module Wotnot
  # What is read from a document of the library. `raw` is the document, with fields that this version does not know.
  class Document
    attr_reader :raw

    # Readers of fields by their names.
    def self.fields(*names)
      names.each { |name| define_method(name) { raw[name.to_s] } }
    end
    private_class_method :fields

    # @api private
    def initialize(raw)
      @raw = raw
    end

    # Which fields show in {#inspect}: none that a visitor said.
    def shown = []

    def inspect = "#<#{self.class}#{shown.map { |name| " #{name}=#{public_send(name).inspect}" }.join}>"
    alias to_s inspect
    def pretty_print(printer) = printer.text(inspect)

    def ==(other) = other.class == self.class && other.raw == raw
  end

  # One option of a choice: the `label` to show, plain text; the `url` of the page to open when it is picked.
  class ChoiceOption < Document
    fields :label, :url

    # The message that picks it, ready to be sent; nil on a mere link.
    def answer = raw["answer"] && Message.of(raw["answer"])
  end

  # What the bot waits for, so that a window never guesses. {Client#answer} makes the message that answers it.
  #
  # `kind` is `text`, `choice`, `slider`, `file`, `form`, `date`, `javascript`, or `unknown` for what this version does
  # not know. `format` of a text is `any`, `name`, `email` or `phone`; `min`, `max`, `step` and `unit` are those of a
  # slider. The rest stands in `raw`, as docs/events.md has it.
  class Prompt < Document
    fields :kind, :format, :min, :max, :step, :unit, :least, :most

    # The options of a choice, in order.
    def options = (raw["options"] || []).map { |option| ChoiceOption.new(option) }

    # Whether several options may be picked at once.
    def multiple? = raw["multiple"] == true

    def shown = [:kind]
  end

  # What the service says through the webhook. What a type does not have is nil.
  #
  # `type` is `message`, `conversation_created`, `status`, `assignee`, `variables`, `label`, `note`, `sla_breached`,
  # `message_status`, `evicted`, or `unknown` for what this version does not know. `by` is `bot`, `agent` or `visitor`.
  # The service's own element is `raw["raw"]`. Through a gateway there are also `delivery` (`state` of the visitor's
  # message `client_id`, and `reason`), `reset` (the newest messages follow, so clear the window), `identity_wanted`
  # (give a fresh {Client#identity=}) and `upload`. A `state` is `queued`, `sending`, `accepted`, `rejected`, `unconfirmed`,
  # `resent` or `discarded`.
  class Event < Document
    fields :type, :seq, :event_id, :conversation_id, :visitor_key, :received_at, :occurred_at, :by, :text, :html,
           :payload, :handover, :client_id, :state, :reason

    # The answer that the bot waits for; nil when it waits for none.
    def prompt = raw["prompt"] && Prompt.new(raw["prompt"])

    # Whether it came before the message of the turn that it is part of.
    def late? = raw["late"] == true

    # Whether this is a status that says that the conversation is closed.
    def closed? = raw["closed"] == true

    WINDOW = %w[type seq event_id conversation_id received_at occurred_at].freeze
    OF_TYPE = { "message" => %w[by text html prompt], "status" => %w[closed], "assignee" => %w[handover] }.freeze
    private_constant :WINDOW, :OF_TYPE

    # What a browser may see: what a chat window needs, and nothing that is the account's alone. Neither the service's
    # own element nor the visitor's key is in it. What is not known is nil.
    def public_fields
      names = WINDOW + OF_TYPE.fetch(type, [])
      names.to_h { |name| [name, raw[name]] }
    end

    # JSON of {#public_fields}.
    def to_json(*state) = public_fields.to_json(*state)

    def shown = %i[type seq conversation_id]
  end

  # A message that was taken. `message_id` is the service's id of it, where it gives one. Through a gateway `client_id` is
  # your own id of it or the one that was made, `seq` its entry in the gateway's log, and `state` what becomes of it, as of
  # {Event#state}, or `kept` while it waits here for a network.
  class Sent < Document
    fields :message_id, :client_id, :seq, :state

    def shown = %i[message_id client_id state]
  end

  # How far a file is on its way to a gateway: `offset` of `size` bytes are there. `link` answers a prompt for a file, once
  # it is ready.
  class Uploaded < Document
    fields :file_id, :name, :size, :offset, :link

    # Whether it is there as a whole.
    def ready? = raw["ready"] == true

    def shown = %i[file_id size offset]
  end

  # What the bot made of a message: all that came until its turn was over.
  #
  # `text` is what was said, as plain text, one message a line, without what is late; `ended` is `prompt`, `closed`,
  # `handed_over`, `quiet` or `timeout`; `message_id` is the service's id of the message, where it gives one;
  # `confirmed_by` is `echo` or `prompt` where the answer to the message was lost and this showed that it was taken.
  class Turn < Document
    fields :text, :ended, :message_id, :confirmed_by

    # The answer that the bot waits for; nil when it waits for none.
    def prompt = raw["prompt"] && Prompt.new(raw["prompt"])

    # Every event of the conversation but the visitor's own messages.
    def events = (raw["events"] || []).map { |event| Event.new(event) }

    def shown = [:ended]
  end
end
