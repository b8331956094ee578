# frozen_string_literal: true

require "minitest/autorun"
require "net/http"
require "open3"
require "wotnot"

# What these tests need of the outside; `cargo xtask test ruby` sets it.
def setting(name) = ENV.fetch(name) { abort "#{name} is not set; `cargo xtask test ruby` runs these tests" }

# A stand-in for the service, in a process of its own.
class Emulator
  def self.run
    command = [setting("WOTNOT_BIN"), "emulate", "--json", "--flow", "#{setting('WOTNOT_FLOWS')}/demo.yaml"]
    Open3.popen2(*command) do |stdin, stdout, process|
      stdin.close
      emulator = new(JSON.parse(stdout.gets))
      # What it says later is not needed, but a full pipe would hold it up.
      Thread.new { stdout.each_line { nil } }.report_on_exception = false
      yield emulator
    ensure
      Process.kill("TERM", process.pid)
    end
  end

  def initialize(ready)
    @ready = ready
  end

  # A client that gets its events.
  def client(&block)
    webhook = { token: "hook", listen: "127.0.0.1:0" }
    settings = { token: @ready["token"], bot_key: @ready["bots"][0]["key"], base_url: @ready["base_url"], log: "calls" }
    Wotnot::Client.open(**settings, webhook:) do |client|
      uri = URI("#{@ready['control_url']}/webhook")
      headers = { "Authorization" => "Bearer #{@ready['control_token']}", "Content-Type" => "application/json" }
      body = JSON.generate(url: client.status["webhook_url"], token: "hook")
      Net::HTTP.start(uri.host, uri.port) { |http| http.send_request("PUT", uri.path, body, headers).value }
      block.call(client)
    end
  end
end

module Wotnot
  Minitest.after_run { abort "strings and clients were left behind: #{Library.leaks}" unless Library.leaks == [0, 0] }
end
