# frozen_string_literal: true

require_relative "helper"
require "logger"
require "pp"

CONTROL = ENV["WOTNOT_SHOW"]
LOGGER = Logger.new($stdout)

# Every vector of the project. WOTNOT_CONFORMANCE is the player, WOTNOT_VECTORS the folder.
class VectorsTest < Minitest::Test
  parallelize_me!

  FOLDER = setting("WOTNOT_VECTORS")
  # The process that plays the service and judges, one vector at a time.
  class Player
    def initialize
      @to, @from, = Open3.popen2(setting("WOTNOT_CONFORMANCE"), FOLDER)
    end

    def ask(question)
      @to.puts(JSON.generate(question, max_nesting: false))
      answer = JSON.parse(@from.gets, max_nesting: false)
      raise answer["error"] if answer.key?("error")

      answer
    end
  end

  PLAYERS = Thread::Queue.new
  4.times { PLAYERS << Player.new }

  NAMES = Player.new.ask(list: true)["names"]
  abort "no vectors in #{FOLDER}" if NAMES.empty?

  NAMES.each do |name|
    define_method("test_#{name}") { VectorsTest.with_player { |player| play(player, name) } }
  end

  def self.with_player
    player = PLAYERS.pop
    yield player
  ensure
    PLAYERS << player
  end

  LOGGER.debug("logged #{CONTROL}") if CONTROL

  def play(player, name)
    turn = player.ask(open: name)
    client = nil
    begun = {}
    while turn.key?("do")
      begin
        if turn["do"] == "new"
          client = Wotnot::Client.new(JSON.generate(turn["config"]))
          show(client)
        end
        result = { ok: true, value: perform(client, begun, turn) }
      rescue Wotnot::Error => error
        show(error)
        result = { ok: false, error: document(error) }
      end
      turn = player.ask(result:)
    end
    client&.close
    begun.each_value { |thread| thread.join rescue nil }
    assert turn["passed"], turn["why"]
  end

  def perform(client, begun, turn)
    case turn["do"]
    when "call" then client.call(turn["method"], turn["params"])
    when "begin"
      thread = begun[turn["name"]] = Thread.new { client.call(turn["method"], turn["params"]) }
      thread.report_on_exception = false
      nil
    when "end" then begun.delete(turn["name"]).value
    when "receive" then client.call("receive", { timeout_ms: turn["timeout_ms"] })
    when "interrupt", "close" then client.public_send(turn["do"])
    end
  end

  def document(error)
    fields = {
      code: error.code, status: error.status, message: error.reason, retryable: error.retryable?, delivery: error.delivery,
      http_status: error.http_status, api_code: error.api_code, attempts: error.attempts, method: error.method_name,
      retry_after_ms: error.retry_after_ms
    }
    error.reply ? fields.merge(reply: error.reply.to_h) : fields
  end

  # Prints what a program that prints everything would, when WOTNOT_SHOW asks for it. Never an event.
  def show(value)
    return unless CONTROL

    puts "shown #{CONTROL} #{value} #{value.inspect} #{value.pretty_inspect}"
    puts value.instance_variables.map { |name| value.instance_variable_get(name).inspect }
    return unless value.is_a?(Exception)

    puts value.full_message, value.detailed_message if value.respond_to?(:detailed_message)
    LOGGER.error(value)
  end
end
