package com.example.chat

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.compose.setContent
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.Modifier
import androidx.lifecycle.Lifecycle
import androidx.lifecycle.lifecycleScope
import androidx.lifecycle.repeatOnLifecycle
import io.github.libwotnot.AppState
import io.github.libwotnot.Gateway
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotConfig
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** The one screen. The network is asked for nothing while it is out of sight. */
class ChatActivity : ComponentActivity() {
    private lateinit var client: Wotnot

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val config = WotnotConfig(
            gateway = Gateway(url = BuildConfig.GATEWAY_URL, app = BuildConfig.GATEWAY_APP),
            statePath = filesDir.resolve("chat.state").path,
        )
        client = Wotnot(config)
        val model = ChatModel(client) { null }
        setContent {
            val scope = rememberCoroutineScope()
            val picker = rememberLauncherForActivityResult(ActivityResultContracts.GetContent()) { uri ->
                scope.launch {
                    val picture = uri?.let { withContext(Dispatchers.IO) { contentResolver.openInputStream(it)?.use { it.readBytes() } } }
                    picture?.let { model.attach(it, "picture.jpg") }
                }
            }
            MaterialTheme { Chat(model, Modifier.safeDrawingPadding()) { picker.launch("image/jpeg") } }
        }
        lifecycleScope.launch {
            repeatOnLifecycle(Lifecycle.State.STARTED) {
                client.setAppState(AppState.FOREGROUND)
                try {
                    model.follow(getString(R.string.greeting))
                } finally {
                    client.setAppState(AppState.BACKGROUND)
                }
            }
        }
    }

    override fun onDestroy() {
        // The state file belongs to one client at a time.
        client.close()
        super.onDestroy()
    }
}
