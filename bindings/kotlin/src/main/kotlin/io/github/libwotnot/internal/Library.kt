// The C functions as JNA sees them. Nothing but `Native.kt` calls them.
@file:Suppress("FunctionName")

package io.github.libwotnot.internal

import com.sun.jna.IntegerType
import com.sun.jna.Native
import com.sun.jna.NativeLibrary
import com.sun.jna.Platform
import com.sun.jna.Pointer
import com.sun.jna.ptr.LongByReference
import com.sun.jna.ptr.PointerByReference
import java.io.IOException

/** The `WOTNOT_ABI_VERSION` that this binding is written for. */
private const val ABI_VERSION = 1

internal object Library {
    init {
        Native.register(Library::class.java, load())
        val found = wotnot_abi_version()
        if (found != ABI_VERSION) {
            throw UnsatisfiedLinkError("libwotnot has the binary interface $found, this binding needs $ABI_VERSION")
        }
    }

    @JvmStatic external fun wotnot_abi_version(): Int

    @JvmStatic external fun wotnot_version(): Pointer

    @JvmStatic external fun wotnot_status_name(status: Int): Pointer

    @JvmStatic external fun wotnot_client_new(config: ByteArray, client: LongByReference, json: PointerByReference): Int

    @JvmStatic external fun wotnot_client_close(client: Long): Int

    @JvmStatic external fun wotnot_call(client: Long, method: ByteArray, params: ByteArray, json: PointerByReference): Int

    @JvmStatic external fun wotnot_receive(client: Long, timeoutMillis: Int, json: PointerByReference): Int

    @JvmStatic external fun wotnot_interrupt(client: Long): Int

    @JvmStatic external fun wotnot_string_free(string: Pointer)

    @JvmStatic external fun wotnot_live_strings(): SizeT

    @JvmStatic external fun wotnot_live_clients(): SizeT

    /** The library inside this artefact comes first, so that a system's own of another version is no surprise. */
    private fun load(): NativeLibrary {
        if (Platform.isAndroid()) return NativeLibrary.getInstance("wotnot")
        val bundled = try {
            Native.extractFromResourcePath("wotnot", Library::class.java.classLoader)
        } catch (_: IOException) {
            null
        }
        if (bundled != null) return NativeLibrary.getInstance(bundled.absolutePath)
        return try {
            NativeLibrary.getInstance("wotnot")
        } catch (error: UnsatisfiedLinkError) {
            val missing = UnsatisfiedLinkError(
                "this artefact holds no libwotnot for ${Platform.RESOURCE_PREFIX}, and none is installed; " +
                    "build it and name its folder in -Djna.library.path",
            )
            missing.initCause(error)
            throw missing
        }
    }
}

/** C's `size_t`. */
internal class SizeT : IntegerType(Native.SIZE_T_SIZE, true) {
    override fun toByte(): Byte = toLong().toByte()

    override fun toShort(): Short = toLong().toShort()
}
