# frozen_string_literal: true

require "json"

# A WotNot chatbot behind your own chat window, over the C library libwotnot. {Client} is where to begin.
module Wotnot
  require_relative "wotnot/version"
  require_relative "wotnot/error"
  require_relative "wotnot/library"
  require_relative "wotnot/message"
  require_relative "wotnot/event"
  require_relative "wotnot/conversation"
  require_relative "wotnot/client"
end
