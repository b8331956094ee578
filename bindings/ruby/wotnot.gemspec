# frozen_string_literal: true

require_relative "lib/wotnot/version"

Gem::Specification.new do |spec|
  spec.name = "wotnot"
  spec.version = Wotnot::VERSION
  spec.summary = "A WotNot chatbot behind your own chat window"
  spec.description = "Starts conversations, sends what visitors answer, receives what the bot says. " \
                     "Independent of WotNot: neither made nor endorsed by the vendor."
  spec.authors = ["The libwotnot authors"]
  spec.homepage = "https://github.com/libwotnot/libwotnot"
  spec.licenses = ["MIT", "Apache-2.0"]
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir["lib/**/*.rb", "examples/*.rb", "README.md", "LICENSE-*", "sbom.cdx.json", base: __dir__]
  spec.metadata["source_code_uri"] = spec.homepage
  spec.metadata["changelog_uri"] = "#{spec.homepage}/blob/main/CHANGELOG.md"
  spec.metadata["bug_tracker_uri"] = "#{spec.homepage}/issues"
  spec.metadata["rubygems_mfa_required"] = "true"
  # Of the standard library, which newer versions of Ruby install as a gem.
  spec.add_dependency "fiddle", "~> 1.1"
end
