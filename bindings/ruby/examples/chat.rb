# frozen_string_literal: true

# A chat in the terminal: one line is one answer. Settings come from WOTNOT_TOKEN, WOTNOT_BOT_KEY, WOTNOT_BASE_URL,
# WOTNOT_WEBHOOK_TOKEN and WOTNOT_LISTEN, or all in WOTNOT_CONFIG (of a gateway).

require "wotnot"

# Sends lines until the bot takes one.
def answer(client, chat, prompt)
  while (line = gets&.chomp)
    begin
      return chat.send_message(client.answer(prompt, prompt.kind == "slider" ? line.to_f : line))
    rescue Wotnot::InvalidArgumentError => error
      puts error.reason # what the bot asks for; nothing was sent
    end
  end
end

config = ENV.fetch("WOTNOT_CONFIG") do
  webhook = { token: ENV.fetch("WOTNOT_WEBHOOK_TOKEN"), listen: ENV.fetch("WOTNOT_LISTEN") }
  { token: ENV.fetch("WOTNOT_TOKEN"), bot_key: ENV.fetch("WOTNOT_BOT_KEY"), base_url: ENV.fetch("WOTNOT_BASE_URL"), webhook: }
end
Wotnot::Client.open(config) do |client|
  chat = client.open_conversation("ruby-example", gets.chomp)
  chat.events(timeout: 10) do |event|
    puts "#{event.by}: #{event.text}" if event.by && event.by != "visitor"
    answer(client, chat, event.prompt) if event.prompt
    break if event.closed?
  end
end
