// The functions of the C library: text in, JSON out, every string given back once.
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Wotnot
{
    internal static class Native
    {
        private const string Library = "wotnot";

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern int wotnot_client_new(byte[] config, out ulong client, out TextHandle json);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern int wotnot_call(ulong client, byte[] method, byte[] parameters, out TextHandle json);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern int wotnot_interrupt(ulong client);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wotnot_client_close(ulong client);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void wotnot_string_free(IntPtr text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern IntPtr wotnot_status_name(int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern IntPtr wotnot_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern UIntPtr wotnot_live_strings();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern UIntPtr wotnot_live_clients();

        internal static string Version => Marshal.PtrToStringAnsi(wotnot_version());

        /// <summary>Strings and clients that are not given back yet, for leak tests.</summary>
        internal static ulong[] Leaks => new[] { (ulong)wotnot_live_strings(), (ulong)wotnot_live_clients() };

        internal static ulong New(string config)
        {
            var status = wotnot_client_new(Encode(config), out var client, out var json);
            using (json) Value(status, json, "client_new");
            return client;
        }

        /// <summary>Blocks until the call is over, and gives its value.</summary>
        internal static object Call(ulong client, string method, string parameters)
        {
            var status = wotnot_call(client, Encode(method), Encode(parameters), out var json);
            using (json) return Value(status, json, method);
        }

        internal static void Interrupt(ulong client) => Value(wotnot_interrupt(client), null, "interrupt");

        private static object Value(int status, TextHandle json, string method)
        {
            var text = json?.ToText();
            var envelope = text == null ? new JsonObject() : JsonObject.Parse(text);
            if (status == 0) return envelope["value"];
            throw WotnotException.Of(envelope.Object("error") ?? new JsonObject
            {
                { "code", Marshal.PtrToStringAnsi(wotnot_status_name(status)) },
                { "status", new JsonNumber(status.ToString()) },
                { "message", "the library gave no reason" },
                { "method", method },
            });
        }

        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>
        /// NUL-terminated UTF-8. A NUL within would cut the text; what stands in its place is held by neither JSON nor the
        /// name of a method.
        /// </summary>
        private static byte[] Encode(string text)
        {
            try
            {
                return Strict.GetBytes(text.Replace('\0', '\u0001') + '\0');
            }
            catch (EncoderFallbackException)
            {
                throw WotnotException.Refused("expected text, found half of a surrogate pair");
            }
        }
    }

    /// <summary>A string of the library's, which goes back to it.</summary>
    internal sealed class TextHandle : SafeHandle
    {
        public TextHandle() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        internal string ToText()
        {
            if (IsInvalid) return null;
            var length = 0;
            while (Marshal.ReadByte(handle, length) != 0) length++;
            var bytes = new byte[length];
            Marshal.Copy(handle, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }

        protected override bool ReleaseHandle()
        {
            Native.wotnot_string_free(handle);
            return true;
        }
    }

    /// <summary>A client of the library's. Its id is a number of 64 bits on every platform.</summary>
    internal sealed class ClientHandle : SafeHandle
    {
        internal ClientHandle(string config) : base(IntPtr.Zero, true) { Id = Native.New(config); }

        internal ulong Id { get; }

        public override bool IsInvalid => Id == 0;

        protected override bool ReleaseHandle() => Native.wotnot_client_close(Id) == 0;
    }
}
