// JSON by the standard library alone would need a package on netstandard2.0, and would lose the digits of numbers.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Wotnot
{
    /// <summary>A JSON object: strings, booleans, null, <see cref="JsonNumber"/>, lists and objects by name, in order.</summary>
    public sealed class JsonObject : IEnumerable<KeyValuePair<string, object>>
    {
        private readonly List<string> names = new List<string>();
        private readonly Dictionary<string, object> values = new Dictionary<string, object>(StringComparer.Ordinal);

        /// <summary>The value of this name; null where there is none. To set null takes nothing away.</summary>
        public object this[string name]
        {
            get { return values.TryGetValue(name, out var value) ? value : null; }
            set
            {
                if (!values.ContainsKey(name)) names.Add(name);
                values[name] = value;
            }
        }

        /// <summary>Whether there is a value of this name, be it null.</summary>
        public bool Has(string name) => values.ContainsKey(name);

        /// <summary>Sets a value, for initializers.</summary>
        public void Add(string name, object value) => this[name] = value;

        /// <summary>A string, or null where there is none.</summary>
        public string Text(string name) => this[name] as string;

        /// <summary>An object, or null where there is none.</summary>
        public JsonObject Object(string name) => this[name] as JsonObject;

        /// <summary>The objects of a list; none where there is none.</summary>
        public IEnumerable<JsonObject> Objects(string name)
        {
            if (!(this[name] is List<object> list)) yield break;
            foreach (var item in list) if (item is JsonObject found) yield return found;
        }

        /// <summary>Whether it is true.</summary>
        public bool Flag(string name) => this[name] is bool flag && flag;

        /// <summary>A number, or null where there is none.</summary>
        public double? Number(string name) => this[name] is JsonNumber number ? number.ToDouble() : (double?)null;

        /// <summary>A whole number, or null where there is none.</summary>
        public long? Integer(string name) =>
            this[name] is JsonNumber number && long.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
                ? whole : (long?)null;

        /// <summary>Reads an object.</summary>
        /// <exception cref="FormatException">It is none.</exception>
        public static JsonObject Parse(string json) => JsonReader.Read(json) as JsonObject ?? throw new FormatException("expected a JSON object");

        /// <summary>Its JSON, with all that it holds.</summary>
        public string ToJson() => JsonWriter.Write(this);

        /// <summary>The names alone.</summary>
        public override string ToString() => "{" + string.Join(", ", names) + "}";

        /// <inheritdoc/>
        public IEnumerator<KeyValuePair<string, object>> GetEnumerator()
        {
            foreach (var name in names) yield return new KeyValuePair<string, object>(name, values[name]);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>A number with the digits that it was written with.</summary>
    public sealed class JsonNumber
    {
        /// <summary>As JSON writes it.</summary>
        public string Text { get; }

        internal JsonNumber(string text) { Text = text; }

        /// <summary>The nearest double.</summary>
        public double ToDouble() => double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);

        /// <inheritdoc/>
        public override string ToString() => Text;
    }

    internal static class JsonWriter
    {
        internal static string Write(object value)
        {
            var text = new StringBuilder();
            Write(text, value);
            return text.ToString();
        }

        private static void Write(StringBuilder text, object value)
        {
            if (value == null) text.Append("null");
            else if (value is string words) Quote(text, words);
            else if (value is bool flag) text.Append(flag ? "true" : "false");
            else if (value is JsonNumber number) text.Append(number.Text);
            else if (value is byte || value is short || value is int || value is long || value is uint || value is ulong || value is decimal)
                text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
            else if (value is double || value is float) Write(text, Convert.ToDouble(value, CultureInfo.InvariantCulture));
            else if (value is JsonObject || value is IDictionary<string, object>) Write(text, (IEnumerable)value, '{', '}');
            else if (value is IEnumerable list) Write(text, list, '[', ']');
            else throw WotnotException.Refused($"expected values that JSON can hold, found {value.GetType().Name}");
        }

        private static void Write(StringBuilder text, double number)
        {
            if (double.IsNaN(number) || double.IsInfinity(number))
                throw WotnotException.Refused("expected a finite number");
            text.Append(number.ToString("R", CultureInfo.InvariantCulture));
        }

        private static void Write(StringBuilder text, IEnumerable items, char open, char close)
        {
            text.Append(open);
            var isFirst = true;
            foreach (var item in items)
            {
                if (!isFirst) text.Append(',');
                isFirst = false;
                if (item is KeyValuePair<string, object> field)
                {
                    Quote(text, field.Key);
                    text.Append(':');
                    Write(text, field.Value);
                }
                else Write(text, item);
            }
            text.Append(close);
        }

        private static void Quote(StringBuilder text, string words)
        {
            text.Append('"');
            foreach (var letter in words)
            {
                if (letter == '"' || letter == '\\') text.Append('\\').Append(letter);
                else if (letter < ' ') text.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture));
                else text.Append(letter);
            }
            text.Append('"');
        }
    }

    internal struct JsonReader
    {
        private readonly string text;
        private int at;

        private JsonReader(string text) { this.text = text; at = 0; }

        internal static object Read(string text)
        {
            var reader = new JsonReader(text);
            var value = reader.Value();
            return reader.Peek() == '\0' ? value : throw reader.Wrong();
        }

        private FormatException Wrong() => new FormatException($"no JSON at character {at}");

        private char Peek()
        {
            while (at < text.Length && " \t\r\n".IndexOf(text[at]) >= 0) at++;
            return at < text.Length ? text[at] : '\0';
        }

        private bool Take(char wanted)
        {
            if (Peek() != wanted) return false;
            at++;
            return true;
        }

        private void Expect(char wanted)
        {
            if (!Take(wanted)) throw Wrong();
        }

        private object Value()
        {
            switch (Peek())
            {
                case '{': return Object();
                case '[': return List();
                case '"': return Words();
                case 't': return Word("true", true);
                case 'f': return Word("false", false);
                case 'n': return Word("null", null);
                default: return Number();
            }
        }

        private JsonObject Object()
        {
            var fields = new JsonObject();
            Expect('{');
            if (Take('}')) return fields;
            do
            {
                Peek();
                var name = Words();
                Expect(':');
                fields[name] = Value();
            } while (Take(','));
            Expect('}');
            return fields;
        }

        private List<object> List()
        {
            var items = new List<object>();
            Expect('[');
            if (Take(']')) return items;
            do items.Add(Value()); while (Take(','));
            Expect(']');
            return items;
        }

        private object Word(string word, object value)
        {
            if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) throw Wrong();
            at += word.Length;
            return value;
        }

        private JsonNumber Number()
        {
            var start = at;
            while (at < text.Length && "+-.0123456789eE".IndexOf(text[at]) >= 0) at++;
            return at > start ? new JsonNumber(text.Substring(start, at - start)) : throw Wrong();
        }

        private string Words()
        {
            Expect('"');
            var words = new StringBuilder();
            while (true)
            {
                if (at >= text.Length) throw Wrong();
                var letter = text[at++];
                if (letter == '"') return words.ToString();
                words.Append(letter == '\\' ? Escaped() : letter);
            }
        }

        private char Escaped()
        {
            if (at >= text.Length) throw Wrong();
            var letter = text[at++];
            switch (letter)
            {
                case 'b': return '\b';
                case 'f': return '\f';
                case 'n': return '\n';
                case 'r': return '\r';
                case 't': return '\t';
                case 'u':
                    if (at + 4 > text.Length || !ushort.TryParse(text.Substring(at, 4), NumberStyles.AllowHexSpecifier,
                            CultureInfo.InvariantCulture, out var code)) throw Wrong();
                    at += 4;
                    return (char)code;
                default: return letter;
            }
        }
    }
}
