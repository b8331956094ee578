// The one screen, in SwiftUI. The network is asked for nothing while it is out of sight.

import ChatModel
import PhotosUI
import SwiftUI

/// Where your gateway is, and the app id of its site.
let gateway = Configuration.Gateway(url: "https://chat.example.com", app: "shop-app")

@main
struct ChatApp: App {
  @State private var model = try? ChatModel(
    WotnotClient(Configuration(gateway: gateway, statePath: Self.statePath)))

  var body: some Scene {
    WindowGroup {
      if let model { ChatView(model: model) } else { Text("The chat cannot be opened.") }
    }
  }

  /// The state file is who the visitor is: it stays on this device.
  private static var statePath: String {
    var file = URL.applicationSupportDirectory.appending(path: "chat.state")
    try? FileManager.default.createDirectory(at: .applicationSupportDirectory, withIntermediateDirectories: true)
    var values = URLResourceValues()
    values.isExcludedFromBackup = true
    try? file.setResourceValues(values)
    return file.path
  }
}

struct ChatView: View {
  let model: ChatModel
  @Environment(\.scenePhase) private var phase
  @State private var screen = Screen()
  @State private var typed = ""
  @State private var number = 0.0
  @State private var picked: PhotosPickerItem?

  var body: some View {
    VStack(spacing: 12) {
      ScrollViewReader { scroll in
        ScrollView {
          LazyVStack(spacing: 8) { ForEach(screen.lines) { bubble($0).id($0.id) } }
        }
        .onChange(of: screen.lines.count) { scroll.scrollTo(screen.lines.last?.id, anchor: .bottom) }
      }
      if let progress = screen.progress { ProgressView(value: progress) }
      if let problem = screen.problem { Text(problem).foregroundStyle(.red) }
      if !screen.hasEnded { answer }
    }
    .padding()
    .task { for await next in model.screens { screen = next } }
    .task(id: phase) {
      await model.appears(phase == .active)
      if phase == .active { await model.follow(greeting: "Hello") }
    }
    .task(id: picked) {
      if let picture = try? await picked?.loadTransferable(type: Data.self) {
        await model.attach(picture, name: "picture.jpg")
      }
    }
  }

  private func bubble(_ line: Line) -> some View {
    VStack(alignment: line.isOwn ? .trailing : .leading) {
      Text(line.text).padding(12).background(.quaternary, in: .rect(cornerRadius: 12))
      switch line.state {
      case .kept?, .queued?, .sending?: Text("…").font(.caption)
      case .rejected?: Text("not taken").font(.caption).foregroundStyle(.red)
      case .unconfirmed?:
        HStack {
          Button("Send again") { Task { await model.resolve(line, .resend) } }
          Button("Let be") { Task { await model.resolve(line, .discard) } }
        }
      default: EmptyView()
      }
    }
    .frame(maxWidth: .infinity, alignment: line.isOwn ? .trailing : .leading)
  }

  @ViewBuilder private var answer: some View {
    switch screen.prompt {
    case .choice(let choice)?:
      ForEach(choice.options.filter { $0.answer != nil }, id: \.label) { option in
        Button(option.label) { Task { await model.pick(option) } }.buttonStyle(.bordered)
      }
    case .slider(let slider)?:
      HStack {
        Slider(value: $number, in: (slider.min ?? 0)...(slider.max ?? 100), step: slider.step ?? 1)
        Button("\(Int(number))") { Task { await model.answer(.number(number), "\(Int(number))") } }
      }
      .onAppear { number = slider.min ?? 0 }
    case .file?:
      PhotosPicker("Choose a picture", selection: $picked, matching: .images)
    default:
      HStack {
        TextField("Message", text: $typed)
        Button("Send") {
          let said = typed
          typed = ""
          Task { await model.say(said) }
        }
        .disabled(typed.isEmpty)
      }
    }
  }
}
