package com.example.chat

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Slider
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableFloatStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import io.github.libwotnot.MessageState
import io.github.libwotnot.Prompt
import io.github.libwotnot.Resolution
import kotlinx.coroutines.launch

/** The screen of a [model]: Compose alone, so that it compiles without Android. [choosePicture] opens the system's own dialog for it. */
@Composable
fun Chat(model: ChatModel, modifier: Modifier = Modifier, choosePicture: () -> Unit) {
    val screen by model.screen.collectAsState()
    val list = rememberLazyListState()
    LaunchedEffect(screen.lines.size) {
        if (screen.lines.isNotEmpty()) list.animateScrollToItem(screen.lines.lastIndex)
    }
    Column(modifier.fillMaxSize().padding(12.dp)) {
        LazyColumn(Modifier.weight(1f), list, verticalArrangement = Arrangement.spacedBy(8.dp)) {
            items(screen.lines, key = Line::id) { Bubble(it, model) }
        }
        screen.progress?.let { LinearProgressIndicator({ it }, Modifier.fillMaxWidth()) }
        screen.problem?.let { Text(it, color = MaterialTheme.colorScheme.error) }
        if (!screen.hasEnded) Answer(screen.prompt, model, choosePicture)
    }
}

@Composable
private fun Bubble(line: Line, model: ChatModel) {
    val scope = rememberCoroutineScope()
    val isOwn = line.by == "visitor"
    Column(Modifier.fillMaxWidth(), horizontalAlignment = if (isOwn) Alignment.End else Alignment.Start) {
        Card { Text(line.text, Modifier.padding(12.dp)) }
        when (line.state) {
            MessageState.KEPT, MessageState.QUEUED, MessageState.SENDING -> Text("…")
            MessageState.REJECTED -> Text("not taken", color = MaterialTheme.colorScheme.error)
            MessageState.UNCONFIRMED -> Row {
                TextButton({ scope.launch { model.resolve(line, Resolution.RESEND) } }) { Text("Send again") }
                TextButton({ scope.launch { model.resolve(line, Resolution.DISCARD) } }) { Text("Let be") }
            }
            else -> {}
        }
    }
}

@Composable
private fun Answer(prompt: Prompt?, model: ChatModel, choosePicture: () -> Unit) {
    val scope = rememberCoroutineScope()
    var text by rememberSaveable { mutableStateOf("") }
    when (prompt) {
        is Prompt.Choice -> Column {
            for (option in prompt.options.filter { it.answer != null }) {
                Button({ scope.launch { model.pick(option) } }, Modifier.fillMaxWidth()) { Text(option.label) }
            }
        }
        is Prompt.File -> Button(choosePicture, Modifier.fillMaxWidth()) { Text("Choose a picture") }
        is Prompt.Slider -> {
            val least = prompt.min?.toFloat() ?: 0f
            var value by remember(prompt) { mutableFloatStateOf(least) }
            Row(verticalAlignment = Alignment.CenterVertically) {
                Slider(value, { value = it }, Modifier.weight(1f), valueRange = least..(prompt.max?.toFloat() ?: 100f))
                Button({ scope.launch { model.answer(value.toInt()) } }) { Text(value.toInt().toString()) }
            }
        }
        else -> Row(verticalAlignment = Alignment.CenterVertically) {
            OutlinedTextField(text, { text = it }, Modifier.weight(1f))
            TextButton({ text.takeIf(String::isNotBlank)?.let { said -> text = ""; scope.launch { model.say(said) } } }) {
                Text("Send")
            }
        }
    }
}
