# frozen_string_literal: true

module Wotnot
  # A client of the API channel, for all threads of a program. Times are seconds.
  #
  # A call ends at once when its thread gets an exception: by Ctrl-C, `Thread#raise`, `Thread#kill` or a `Timeout`.
  # A client that was made before a fork raises {ForkedError} in the child.
  class Client
    # Those that may take time.
    BLOCKING = %w[start_conversation send_message open_conversation converse receive wait resolve transcript upload].freeze
    # Bytes of one part of a file.
    PART = 256 * 1024
    private_constant :BLOCKING, :PART

    class << self
      # A client for the block, closed after it.
      def open(config = nil, **settings)
        client = new(config, **settings)
        yield client
      ensure
        client&.close
      end

      # The version that the library was built with.
      def library_version = Library.version

      # @api private
      def given(**fields) = fields.compact

      # Whole milliseconds; a time is never rounded to 0, which means another thing.
      #
      # @api private
      def millis(seconds) = seconds && (seconds.to_f.finite? ? (seconds * 1000).ceil : nil)
    end

    # Checks the settings, and opens the webhook's listener when they ask for one. Sends nothing. The settings have the
    # names of docs/configuration.md: `Client.new(token: "...", bot_key: "...", webhook: { token: "..." })`. A String
    # is their JSON.
    #
    # @raise [InvalidArgumentError] naming the setting
    def initialize(config = nil, **settings)
      @id = Library.open(config.is_a?(String) ? config : Library.encode("config", config || settings))
      @lock = Mutex.new
      @names = 0
      @kept = []
    end

    # Starts a conversation. {#open_conversation} keeps to one for each visitor.
    #
    # @param visitor_id your own unique id of the visitor; a gateway knows its visitor, so leave it out there
    # @param text what they said first
    # @param variables what is known about them: Hashes `contact`, `conversation` and `system`
    # @param bot_key the bot to talk to, instead of the configured one
    # @param timeout the overall deadline, instead of the configured one
    def start_conversation(visitor_id = nil, text, variables: nil, bot_key: nil, timeout: nil)
      begin_conversation("start_conversation", visitor_id, text, variables:, bot_key:, timeout:)
    end

    # The conversation that the visitor has with the bot, or one that is started with the text. {Conversation#opened}
    # says which, and {Conversation#message_sent?} whether the service took the text.
    #
    # @param if_known when the visitor has a conversation: `reuse` it, `refuse`, or start a `new` one
    def open_conversation(visitor_id = nil, text, variables: nil, bot_key: nil, timeout: nil, if_known: nil)
      begin_conversation("open_conversation", visitor_id, text, variables:, bot_key:, timeout:, if_known:)
    end

    # Hands a file to the gateway; gives an {Uploaded} with the `link` that answers a prompt for one. It goes on after a cut;
    # after an error, or a kill of the program, the same call goes on where it stopped.
    #
    # @param name the name to show, instead of that of the path
    # @param type such as `image/png`, instead of what the name says
    def upload(path, name: nil, type: nil, timeout: nil)
      Uploaded.new(call("upload", Client.given(path: path.to_s, name:, type:, timeout_ms: Client.millis(timeout))))
    end

    # The same part by part, of an IO: tells the block, or an Enumerator, how far it is; the last time with the `link`.
    def upload_parts(io, name, type: nil)
      return enum_for(:upload_parts, io, name, type:) unless block_given?

      yield now = Uploaded.new(call("upload", Client.given(name:, size: io.size, type:)))
      until now.ready?
        io.seek(now.offset)
        data = [io.read(PART)].pack("m0")
        yield now = Uploaded.new(call("upload", { file_id: now.file_id, offset: now.offset, data: }))
      end
    end

    # Says through a gateway whether people see the program now: `foreground`, or `background`, where it is asked less often.
    def app_state=(state)
      call("set_app_state", { state: })
    end

    # Continues a conversation that was started before. Sends nothing.
    def conversation(id) = Conversation.new(self, { "conversation" => { "id" => id } })

    # Forgets the conversations that {#open_conversation} knows of the visitor, with their events; gives how many there
    # were. Through a gateway it erases all that the gateway keeps of the visitor, who needs no id.
    def forget(visitor_id = nil) = call("forget", Client.given(visitor_id:))["forgotten"]

    # Who the visitor is, as your site signed it for a gateway: give a fresh one when the event `identity_wanted` asks for
    # it. With nil the visitor is anonymous.
    def identity=(signed)
      call("set_identity", Client.given(identity: signed))
    end

    # The message that answers a prompt, out of a plain value; docs/messages.md says which it takes. Sends nothing.
    #
    # @raise [InvalidArgumentError] saying what the bot asks for, when it is something else
    def answer(prompt, value) = Message.of(call("answer", { prompt: prompt.raw, value: }))

    # The next event, in the order of arrival, or nil when none arrives within the time; without one it waits on. An
    # exception that ends it takes no event.
    def receive(timeout: nil, conversation: nil)
      event = take(conversation_id: conversation, log: "without", timeout_ms: Client.millis(timeout))
      event && Event.new(event)
    end

    # The events as they arrive, for the block or as an Enumerator. Ends when none arrives within the time, by
    # {#interrupt}, and when the client is closed.
    def events(timeout: nil, conversation: nil)
      return enum_for(:events, timeout:, conversation:) unless block_given?

      while (event = unless_over { receive(timeout:, conversation:) })
        yield event
      end
    end

    # Retries and results as they happen, where the setting `log` asks for them, as Hashes that docs/events.md
    # describes: go through them on a thread of yours, with whatever your program logs with. Ends as {#events} does.
    def log_records(timeout: nil)
      return enum_for(:log_records, timeout:) unless block_given?

      while (event = unless_over { take(log: "only", timeout_ms: Client.millis(timeout)) })
        yield event["log"]
      end
    end

    # Checks a post to your own web server and keeps its events for {#receive}; gives the {Reply} to answer.
    #
    # @raise [Error] with the reply to give, such as {WebhookRejectedError}
    def accept_webhook(body, authorization = nil)
      Reply.of(call("accept_webhook", Client.given(body:, authorization:))["reply"])
    end

    # Checks a post to your own web server and takes it apart: the events, and the {Reply} to answer. Keeps nothing.
    #
    # @raise [Error] with the reply to give
    def parse_webhook(body, authorization = nil)
      parsed = call("parse_webhook", Client.given(body:, authorization:))
      [parsed["events"].map { |event| Event.new(event) }, Reply.of(parsed["reply"])]
    end

    # What this client is and has done, as docs/schema/status.result.schema.json has it.
    def status = call("status")

    # Calls a method of the library as it is, for what has no function here: docs/schema has their parameters.
    def call(method, params = {})
      if BLOCKING.include?(method) && params.is_a?(Hash)
        call_until_interrupted(method, params.transform_keys(&:to_s))
      else
        Library.call(@id, method, Library.encode("params", params))
      end
    end

    # Wakes everybody who waits for an event now.
    def interrupt = Library.interrupt(@id)

    # Ends every call and every wait, and stops the listener. A second time does nothing.
    def close = Library.close(@id)

    # The id alone: a client holds no setting.
    def inspect = "#<Wotnot::Client #{@id}>"
    alias to_s inspect
    def pretty_print(printer) = printer.text(inspect)

    private

    def begin_conversation(method, visitor_id, text, timeout:, **rest)
      params = Client.given(visitor_id:, message: Message.text(text), timeout_ms: Client.millis(timeout), **rest)
      Conversation.new(self, call(method, params))
    end

    def take(**params)
      kept(params[:conversation_id], params[:log]) || call("receive", params.compact)
    rescue Error => error
      raise unless error.code == "timeout"
    end

    # The end of the client, and an interrupt, end a loop quietly.
    def unless_over
      yield
    rescue InterruptedError, ClosedError
      nil
    end

    # A C function cannot be interrupted by an exception. So a thread of its own calls it, and this thread, which can be,
    # cancels the call by its name.
    def call_until_interrupted(method, params)
      params["call_id"] = "ruby-#{@lock.synchronize { @names += 1 }}" unless params.key?("call_id")
      text = Library.encode("params", params)
      worker = Thread.new { Library.call(@id, method, text) }
      worker.report_on_exception = false
      is_over = false
      value = worker.value
      is_over = true
      value
    rescue Error
      is_over = true
      raise
    ensure
      Thread.handle_interrupt(Object => :never) { cancel(worker, method, params) } if worker && !is_over
    end

    # The library knows the name a moment after the call has begun. What was received meanwhile is kept.
    def cancel(worker, method, params)
      Thread.pass while worker.alive? && !found?(params["call_id"])
      value = worker.value
      @lock.synchronize { @kept << value } if method == "receive"
    rescue Error
      nil
    end

    def found?(call_id)
      call("cancel", { call_id: })["found"]
    rescue Error
      # The client is closed, which ends the call too.
      true
    end

    def kept(conversation, log)
      return if @kept.empty?

      @lock.synchronize do
        at = @kept.index do |event|
          (event["type"] == "log") == (log == "only") && (conversation.nil? || event["conversation_id"] == conversation)
        end
        at && @kept.delete_at(at)
      end
    end
  end
end
