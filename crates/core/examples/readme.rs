//! The Rust of the project's README, as it stands there.

use std::io::stdin;
use std::time::Duration;

use serde_json::{Value, from_str, json};
use wotnot_core::{
    CallOptions, Client, Code, Config, EventFilter, IfKnown, Start, Variables, Webhook,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(Config {
        bot_key: Some(std::env::var("WOTNOT_BOT_KEY")?),
        base_url: std::env::var("WOTNOT_BASE_URL")?, // leave it out for the service itself
        webhook: Some(Webhook {
            listen: Some(std::env::var("WOTNOT_LISTEN")?.parse()?),
            ..Webhook::new(std::env::var("WOTNOT_WEBHOOK_TOKEN")?)
        }),
        ..Config::new(std::env::var("WOTNOT_TOKEN")?)
    })?;
    let mut answers = stdin().lines();
    let mut next_answer = || -> Result<Value, Box<dyn std::error::Error>> {
        Ok(from_str(&answers.next().ok_or("no more answers")??)?)
    };

    let start = Start {
        variables: Some(Variables {
            contact: json!({"name": "Asha"}).as_object().cloned(),
            ..Variables::default()
        }),
        ..Start::text("visitor-42", next_answer()?.as_str().unwrap_or("Hello"))
    };
    let chat = client.open_conversation(&start, IfKnown::Reuse, &CallOptions::default())?;
    let id = &chat.conversation.id;
    let mut prompt = None;
    while prompt.is_none() {
        let wait = Some(Duration::from_secs(10));
        let event = client.receive_wanted(EventFilter::Of(id), wait, None)?;
        println!("{}", event.text().unwrap_or_default());
        prompt = event.prompt().cloned();
    }
    while let Some(asked) = &prompt {
        match asked.answer(next_answer()?) {
            Ok(message) => {
                let turn = client.chat(id).converse(&message)?;
                println!("{}", turn.text);
                prompt = turn.prompt;
            }
            // What the bot asks for; nothing was sent.
            Err(error) if error.code() == Code::InvalidArgument => println!("{}", error.message()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
