# frozen_string_literal: true

require "fiddle"

module Wotnot
  # The functions of the C library: text in, JSON out, every string given back once. Fiddle lets other threads run
  # while a function does.
  #
  # @api private
  module Library
    NAMES = {
      "linux" => "libwotnot.so.1", "darwin" => "libwotnot.1.dylib", "mingw" => "wotnot.dll", "mswin" => "wotnot.dll"
    }.freeze

    # WOTNOT_LIBRARY names the file where the loader does not find it by itself.
    def self.file
      ENV["WOTNOT_LIBRARY"] || NAMES.find { |system, _| RUBY_PLATFORM.include?(system) }&.last || "libwotnot.so.1"
    end

    HANDLE = Fiddle.dlopen(file)
    ID = -Fiddle::TYPE_LONG_LONG
    TEXT = Fiddle::TYPE_VOIDP

    def self.function(name, arguments, result = Fiddle::TYPE_INT)
      Fiddle::Function.new(HANDLE["wotnot_#{name}"], arguments, result)
    end
    private_class_method :function

    NEW = function("client_new", [TEXT, TEXT, TEXT])
    CLOSE = function("client_close", [ID])
    CALL = function("call", [ID, TEXT, TEXT, TEXT])
    INTERRUPT = function("interrupt", [ID])
    STRING_FREE = function("string_free", [TEXT], Fiddle::TYPE_VOID)
    STATUS_NAME = function("status_name", [Fiddle::TYPE_INT], TEXT)
    VERSION = function("version", [], TEXT)
    LIVE_STRINGS = function("live_strings", [], Fiddle::TYPE_SIZE_T)
    LIVE_CLIENTS = function("live_clients", [], Fiddle::TYPE_SIZE_T)

    class << self
      def version = VERSION.call.to_s

      # Strings and clients that are not given back yet, for leak tests.
      def leaks = [LIVE_STRINGS.call, LIVE_CLIENTS.call]

      # Makes a client and gives its id.
      def open(config)
        id = Fiddle::Pointer.malloc(8, Fiddle::RUBY_FREE)
        outcome("client_new") { |out| NEW.call(text(config), id, out) }
        id[0, 8].unpack1("Q")
      end

      # Blocks until the call is over, and gives its value.
      def call(id, method, params)
        outcome(method) { |out| CALL.call(id, text(method), text(params), out) }
      end

      def interrupt(id) = outcome("interrupt") { INTERRUPT.call(id) }

      def close(id) = outcome("close") { CLOSE.call(id) }

      # JSON of a value.
      def encode(field, value)
        JSON.generate(value, max_nesting: 0)
      rescue JSON::GeneratorError, EncodingError
        # Whatever the reason, it may quote the value.
        raise Error.of("code" => "invalid_argument", "status" => 13, "delivery" => "not_sent",
                       "message" => "#{field}: expected values that JSON can hold, as UTF-8")
      end

      private

      def outcome(method)
        out = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
        out[0, Fiddle::SIZEOF_VOIDP] = "\0" * Fiddle::SIZEOF_VOIDP
        status = yield out
        envelope = taken(out.ptr)
        return envelope["value"] if status.zero?

        document = envelope["error"] || { "message" => "the library gave no reason", "method" => method }
        raise Error.of({ "code" => STATUS_NAME.call(status).to_s, "status" => status }.merge(document))
      end

      # The document behind a pointer of the library's, which gets it back.
      def taken(pointer)
        return {} if pointer.null?

        JSON.parse(pointer.to_s.force_encoding(Encoding::UTF_8), max_nesting: false)
      ensure
        STRING_FREE.call(pointer)
      end

      # A NUL would cut the text; what stands in its place is held by neither JSON nor the name of a method.
      def text(string) = string.encode(Encoding::UTF_8).tr("\0", "\u0001")
    end
  end
  private_constant :Library
end
