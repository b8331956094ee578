# frozen_string_literal: true

require_relative "helper"
require "socket"
require "timeout"

class ClientTest < Minitest::Test
  # No test waits for a time; this is when it gives up.
  PATIENCE = 60

  HOOK = { token: "t", webhook: { token: "hook" } }.freeze
  POST = '{"token":"hook","events":[{"event":{"type":"note","payload":{"text":"a secret"}},"conversation":{"key":"3f0c"}}]}'

  def test_a_bot_is_talked_to_with_types
    emulated do |client|
      chat = client.open_conversation("visitor-42", "Hello", variables: { contact: { name: "Asha" } }, timeout: PATIENCE)
      assert_equal ["started", true, "Asha"], [chat.opened, chat.message_sent?, chat.contact["name"]]
      again = client.open_conversation("visitor-42", "Hello")
      assert_equal [chat.id, "reused", false], [again.id, again.opened, again.message_sent?]
      prompt = chat.events(timeout: PATIENCE).find(&:prompt).prompt
      assert_equal %w[choice Sales], [prompt.kind, prompt.options.first.label]
      turn = chat.ask(prompt.options.first.answer, timeout: PATIENCE, quiet: 1)
      assert_equal ["prompt", "How old are you?", 18], [turn.ended, turn.text, turn.prompt.min]
      error = assert_raises(Wotnot::InvalidArgumentError) { client.answer(turn.prompt, 7) }
      assert_includes error.reason, "a number from 18 to 99"
      turn = chat.ask(client.answer(turn.prompt, 30))
      assert_includes turn.text, "Thank you"
      assert_nil turn.prompt
      assert_equal "open_conversation", client.log_records(timeout: 0).first["method"]
      client.forget("visitor-42")
      assert_equal "started", client.open_conversation("visitor-42", "Hello").opened
    end
  end

  def test_visitors_at_once_get_their_own_events
    emulated do |client|
      threads = Array.new(16) do |number|
        Thread.new do
          chat = client.open_conversation("visitor-#{number}", "Hello")
          events = chat.events(timeout: PATIENCE)
          ids = []
          events.each { |event| ids << event.conversation_id; break if event.prompt }
          [ids.uniq == [chat.id], chat.ask("Sales").text]
        end
      end
      assert_equal [[true, "How old are you?"]], threads.map(&:value).uniq
    end
  end

  def test_an_exception_of_its_thread_ends_a_call_at_once
    silent = TCPServer.new("127.0.0.1", 0)
    Wotnot::Client.open(token: "t", base_url: "http://127.0.0.1:#{silent.addr[1]}", log: "retries") do |client|
      caller = Thread.new { client.conversation("3f0c").send_message("Hello", timeout: 3600) }
      caller.report_on_exception = false
      connection = silent.accept
      connection.readpartial(1)
      caller.raise(IOError, "the visitor left")
      assert_raises(IOError) { caller.value }
      record = client.log_records(timeout: PATIENCE).first
      assert_equal %w[interrupted unknown], record.values_at("code", "delivery")
      connection.close
    end
  ensure
    silent&.close
  end

  def test_a_timeout_of_rubys_takes_no_event
    Wotnot::Client.open(**HOOK) do |client|
      assert_raises(Timeout::Error) { Timeout.timeout(0.01) { client.receive } }
      posts = Thread.new { 200.times { |number| client.accept_webhook(POST.sub("a secret", "secret #{number}")) } }
      found = []
      while found.size < 200
        begin
          Timeout.timeout(0.0005) { found << client.receive }
        rescue Timeout::Error
          nil
        end
      end
      posts.join
      assert_equal Array.new(200) { |number| "secret #{number}" }, found.map { |event| event.payload["text"] }.sort_by { |text| text[/\d+/].to_i }
    end
  end

  def test_close_and_interrupt_end_loops
    client = Wotnot::Client.new(**HOOK)
    %i[interrupt close].each do |ending|
      threads = Array.new(8) { Thread.new { client.events.to_a } }
      # An interrupt wakes who waits now: it comes again until nobody does.
      client.public_send(ending) until threads.all? { |thread| thread.join(0.001) }
      assert_equal [[]], threads.map(&:value).uniq
    end
    error = assert_raises(Wotnot::ClosedError) { client.conversation("3f0c").send_message("Hello") }
    assert_equal "not_sent", error.delivery
  end

  def test_an_error_says_what_became_of_the_message
    Wotnot::Client.open(token: "t", base_url: "http://127.0.0.1:9", retry: { max_attempts: 1 }) do |client|
      error = assert_raises(Wotnot::NetworkError) { client.conversation("3f0c").send_message("Hello") }
      assert_equal ["network", 20, "not_sent", 1, true], [error.code, error.status, error.delivery, error.attempts, error.retryable?]
    end
    assert_equal Wotnot::NetworkError, Wotnot::TlsError.superclass
  end

  def test_a_wrong_setting_or_parameter_is_named
    assert_match(/\Atokn: /, assert_raises(Wotnot::InvalidArgumentError) { Wotnot::Client.new(tokn: "t") }.reason)
    Wotnot::Client.open(token: "t") do |client|
      chat = client.conversation("3f0c")
      {
        "timeout_ms: " => -> { chat.send_message("Hello", timeout: -1) },
        "message.data" => -> { chat.send_message(Wotnot::Message.new("text", {})) },
        "UTF-8" => -> { chat.send_message("\xFF") },
        "JSON can hold" => -> { client.call("status", { "a" => Float::NAN }) },
        "webhook" => -> { client.receive(timeout: 0) }
      }.each { |words, call| assert_includes assert_raises(Wotnot::InvalidArgumentError, &call).reason, words }
      assert_raises(Wotnot::InvalidArgumentError) { client.call("status\0") }
    end
  end

  def test_a_post_has_a_reply
    Wotnot::Client.open(**HOOK) do |client|
      error = assert_raises(Wotnot::WebhookRejectedError) { client.accept_webhook(POST.sub("hook", "wrong")) }
      assert_equal 401, error.reply.status
      assert_equal 200, client.accept_webhook(POST).status
      event = client.receive(timeout: 0)
      assert_equal ["note", "3f0c", "a secret"], [event.type, event.conversation_id, event.payload["text"]]
      refute_includes "#{event}#{event.inspect}#{JSON.generate(event)}", "secret"
      assert_nil client.receive(timeout: 0)
      events, reply = client.parse_webhook(POST)
      assert_equal ["note", 200], [events.first.type, reply.status]
    end
  end

  def test_a_child_of_a_fork_makes_a_client_of_its_own
    Wotnot::Client.open(token: "t") do |client|
      child = fork do
        client.status
        exit!(1)
      rescue Wotnot::ForkedError
        exit!(Wotnot::Client.new(token: "t").status["base_url"] == "https://app.wotnot.io" ? 0 : 2)
      end
      assert_equal 0, Process.wait2(child).last.exitstatus
      assert_equal "https://app.wotnot.io", client.status["base_url"]
    end
  end

  private

  def emulated(&block) = Emulator.run { |emulator| emulator.client(&block) }
end
