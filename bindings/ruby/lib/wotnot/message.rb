# frozen_string_literal: true

module Wotnot
  # What the visitor says: the vendor's own object. An option of a choice has its own, ready to be sent.
  class Message
    # Such as `text` or `slider.response`.
    attr_reader :type
    # What goes with the type: a Hash.
    attr_reader :data

    class << self
      # Typed text.
      def text(text) = new("text", { "body" => text })

      # The value of a slider.
      def slider(value) = new("slider.response", { "value" => value })

      # Files that you host: Hashes with a `link`, and as it may be `filename`, `mime_type`, `extension` and `path`.
      def files(*files) = new("file_upload.response", { "files" => files })

      # @api private
      def of(document) = new(document["type"], document["data"])

      # @api private
      def wrap(message) = message.is_a?(Message) ? message : text(message)
    end

    # With `unchecked`, a type that the library does not know is sent as it is.
    def initialize(type, data, unchecked: false)
      @type = type
      @data = data
      @unchecked = unchecked
    end

    def to_h
      document = { "type" => type, "data" => data }
      @unchecked ? document.merge("unchecked" => true) : document
    end

    def to_json(*state) = to_h.to_json(*state)

    # The type, and never what was said.
    def inspect = "#<Wotnot::Message type=#{type}>"
    alias to_s inspect
    def pretty_print(printer) = printer.text(inspect)
  end
end
