// Packs wotnot-android.aar: the Kotlin sources of the JVM package, libwotnot.so for each ABI, and the rules for shrinkers.
plugins {
    id("com.android.library") version "8.13.0"
    id("org.jetbrains.kotlin.android") version "2.4.21"
}

group = "io.github.libwotnot"
version = "0.1.0"

kotlin {
    explicitApi()
    compilerOptions {
        jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_11)
        allWarningsAsErrors.set(true)
    }
}

android {
    namespace = "io.github.libwotnot"
    compileSdk = 36

    defaultConfig {
        // java.time, which the public API uses.
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }

    sourceSets.getByName("main") {
        kotlin.srcDir("../src/main/kotlin")
        // Written by cargo-ndk; see the README.
        jniLibs.srcDir("../../../target/android/jniLibs")
    }
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    api("org.jetbrains.kotlinx:kotlinx-serialization-json:1.12.0")
    implementation("net.java.dev.jna:jna:5.19.1@aar")
}
