using System.Globalization;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Compression;

namespace AkkaPerf.Http.Tests.Caching.Rules;

/// <summary>Every parser beside what was written, spelled in all ways that are allowed, and beside what chance makes of it. The same for the same seed.</summary>
public sealed class ParserFuzzTests
{
    private const int Times = 5_000;
    private const string Noise = "abcdefgxyzABC0123456789,;=\"\\' \t-_*:/?().%@+é\u007f\u0001";

    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly ContentCoding[] Offered = [ContentCoding.Zstd, ContentCoding.Br, ContentCoding.Gzip];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Cache_Control_says_what_was_written_however_it_is_spelled(int seed)
    {
        var random = new Random(seed);
        string[] flags = ["public", "no-store", "no-transform", "must-revalidate", "proxy-revalidate", "must-understand", "only-if-cached", "immutable"];
        Directive[] meant =
        [
            Directive.Public, Directive.NoStore, Directive.NoTransform, Directive.MustRevalidate, Directive.ProxyRevalidate, Directive.MustUnderstand, Directive.OnlyIfCached,
            Directive.Immutable,
        ];
        for (var i = 0; i < Times; i++)
        {
            var said = random.Next(1 << flags.Length);
            var (maxAge, shared, stale) = (Some(random), Some(random), Some(random));
            var members = flags.Where((_, flag) => (said >> flag & 1) == 1).ToList();
            Add(members, "max-age", maxAge);
            Add(members, "s-maxage", shared);
            Add(members, "stale-if-error", stale);
            members.Add("x-ext=\"no-store, max-age=1, private\"");
            members.Add("nopublic");
            var lines = Lines(random, members);
            var control = Read(lines);
            var text = $"seed {seed}, {string.Join('|', lines)}";
            Assert.True(control.MaxAge == maxAge && control.SharedMaxAge == shared && control.StaleIfError == stale, text);
            Assert.True(meant.Select((flag, at) => control.Has(flag) == ((said >> at & 1) == 1)).All(static isSo => isSo), text);
            Assert.False(control.HasAny(Directive.Private | Directive.NoCache), text);

            var broken = Broken(random, lines[0]);
            control = Read([broken]);
            Assert.True(control.MaxAge is null or (>= 0 and <= CacheControl.Longest), broken);
            Assert.True(!control.Has(Directive.NoStore) || broken.Contains("no-store", StringComparison.OrdinalIgnoreCase), broken);
        }

        static void Add(List<string> members, string name, long? seconds)
        {
            if (seconds is { } known)
            {
                members.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={known}"));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Vary_names_what_was_written_and_what_is_spelled_alike_is_the_same(int seed)
    {
        var random = new Random(seed);
        string[] all = ["Accept", "Accept-Language", "X-A", "X-B", "Origin", "User-Agent"];
        for (var i = 0; i < Times; i++)
        {
            var named = all.Where(_ => random.Next(2) == 0).ToArray();
            var hasStar = random.Next(10) == 0;
            var lines = Lines(random, [.. named, .. hasStar ? (string[])["*"] : []]);
            Assert.True(hasStar == VaryRules.IsAnything(lines), $"seed {seed}, {string.Join('|', lines)}");
            Assert.Equal(named.Order(StringComparer.OrdinalIgnoreCase), VaryRules.NamesOf(lines).Where(static name => name != "*"), StringComparer.OrdinalIgnoreCase);

            var values = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"v{random.Next(3)}").ToArray();
            var others = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"v{random.Next(3)}").ToArray();
            var (one, same, other) = (Spelled(values), Spelled(values), Spelled(others));
            Assert.Equal(VaryRules.ValueOf(one, "X-A"), VaryRules.ValueOf(same, "X-A"));
            Assert.Equal(values.SequenceEqual(others), VaryRules.ValueOf(one, "X-A") == VaryRules.ValueOf(other, "X-A"));
            VaryRules.NamesOf(Broken(random, lines[0]));
            VaryRules.ValueOf(new Fields($"X-A: {Broken(random, string.Join(", ", values))}"), "X-A");
        }

        Fields Spelled(string[] values) => new([.. Lines(random, [.. values], isCaseKept: true).Select(static line => $"X-A: {line}")]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_date_is_read_in_all_its_forms_and_nothing_else_is_one(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Times; i++)
        {
            var date = DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(0, 3_000_000_000));
            var text = Cased(random, Forms(date)[random.Next(3)]);
            Assert.True(HttpDate.TryParse(text, Now, out var read), $"seed {seed}, {text}");
            Assert.True(read == date || text.Contains('-', StringComparison.Ordinal), $"seed {seed}, {text}: {read}");

            // What is still one is spelled as it would be written: but for the day's name, which nobody compares, and a leap second.
            var broken = Broken(random, text);
            if (HttpDate.TryParse(broken, Now, out read))
            {
                var rest = Rest(broken).Replace(":60", ":59", StringComparison.Ordinal);
                Assert.Contains(Forms(read), form => Rest(form).Equals(rest, StringComparison.OrdinalIgnoreCase) || Padded(Rest(form)).Equals(Padded(rest), StringComparison.OrdinalIgnoreCase));
            }
        }

        static string[] Forms(DateTimeOffset date) =>
        [
            date.ToString("ddd, dd MMM yyyy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture),
            date.ToString("dddd, dd-MMM-yy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture),
            date.ToString("ddd MMM ", CultureInfo.InvariantCulture) + $"{date.Day,2}" + date.ToString(" HH:mm:ss yyyy", CultureInfo.InvariantCulture),
        ];

        static string Rest(string text) => text[text.IndexOf(' ', StringComparison.Ordinal)..];

        // A day of one digit may stand behind a space or a zero where C's asctime writes it.
        static string Padded(string rest) => rest.Length > 6 && rest[5] == ' ' ? string.Concat(rest.AsSpan(0, 5), "0", rest.AsSpan(6)) : rest;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Accept_Encoding_is_weighed_as_a_plain_model_does(int seed)
    {
        var random = new Random(seed);
        string[] names = ["br", "gzip", "zstd", "identity", "*", "deflate", "x-gzip"];
        for (var i = 0; i < Times; i++)
        {
            var members = Enumerable.Range(0, random.Next(0, 6)).Select(_ => (Name: names[random.Next(names.Length)], Weight: random.Next(4) switch { 0 => 0, 1 => 1000, _ => random.Next(1001) })).ToArray();
            var lines = Lines(random, [.. members.Select(Member)]);
            var accepted = AcceptEncoding.Read(lines);
            var text = $"seed {seed}, {string.Join('|', lines)}";
            var best = Offered.Select(coding => (Coding: coding, Weight: WeightOf(members, CodingNames.Of(coding)) ?? 0)).MaxBy(static one => one.Weight);
            var identity = WeightOf(members, "identity") ?? -1;
            Assert.True(accepted.Choose(Offered) == (best.Weight > 0 && identity <= best.Weight ? best.Coding : ContentCoding.Identity), text);
            Assert.True(accepted.RefusesIdentity == (identity == 0), text);
            Assert.All(Offered, coding => Assert.True(accepted.Accepts(coding) == (WeightOf(members, CodingNames.Of(coding)) > 0), text));

            // Who shares a stored variant accepts the same codings.
            var others = members.OrderBy(_ => random.Next()).Skip(random.Next(2)).ToArray();
            var otherLines = Lines(random, [.. others.Select(Member)]);
            if (AcceptedCodings.Normalize(lines) == AcceptedCodings.Normalize(otherLines))
            {
                var other = AcceptEncoding.Read(otherLines);
                Assert.All(Enum.GetValues<ContentCoding>(), coding => Assert.True(accepted.Accepts(coding) == other.Accepts(coding), $"{text} and {string.Join('|', otherLines)}: {coding}"));
            }

            AcceptedCodings.Normalize(Broken(random, lines[0]));
            AcceptEncoding.Read(Broken(random, lines[0]));
        }

        static string Member((string Name, int Weight) member) =>
            member.Weight == 1000 ? member.Name : string.Create(CultureInfo.InvariantCulture, $"{member.Name};q=0.{member.Weight:000}");

        // The gladdest word on it, else the gladdest on all that is not named; null for neither.
        static int? WeightOf((string Name, int Weight)[] members, string coding) =>
            members.Where(member => member.Name == coding || (member.Name == "x-gzip" && coding == "gzip")).Select(static member => (int?)member.Weight).Max()
            ?? members.Where(static member => member.Name == "*").Select(static member => (int?)member.Weight).Max();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Ranges_are_the_bytes_that_were_asked_for(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Times; i++)
        {
            var length = random.Next(0, 12);
            var specs = Enumerable.Range(0, random.Next(1, 5)).Select(_ => (First: random.Next(3) == 0 ? (int?)null : random.Next(14), Last: random.Next(3) == 0 ? (int?)null : random.Next(14)))
                .Where(static spec => spec is not { First: null, Last: null }).ToArray();
            if (specs.Length == 0)
            {
                continue;
            }

            var field = $"bytes={string.Join(random.Next(2) == 0 ? "," : " , ", specs.Select(static spec => $"{spec.First}-{spec.Last}"))}";
            var parts = specs.Select(spec => Enumerable.Range(0, length).Where(at => spec.First is { } first ? at >= first && at <= (spec.Last ?? int.MaxValue) : at >= length - spec.Last!.Value).ToArray())
                .Where(static part => part.Length > 0).ToArray();
            var isIgnored = Array.Exists(specs, static spec => spec is { First: { } first, Last: { } last } && last < first)
                || parts.SelectMany(static part => part).GroupBy(static at => at).Any(static at => at.Count() > 1);
            var found = ByteRange.Parse(field, length);
            Assert.True(isIgnored == found is null, $"seed {seed}, {field} of {length}");
            if (found is not null)
            {
                Assert.Equal(parts.Select(static part => ((long)part[0], (long)part[^1])), found.Select(static range => (range.First, range.Last)));
            }

            var broken = Broken(random, field);
            Assert.True(ByteRange.Parse(broken, length) is not { } any || any.TrueForAll(range => range.First >= 0 && range.First <= range.Last && range.Last < length), broken);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Structured_fields_are_read_as_they_were_written(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Times; i++)
        {
            var expected = new OrderedDictionary<string, object>(StringComparer.Ordinal);
            var texts = new List<string>();
            foreach (var _ in Enumerable.Range(0, random.Next(1, 5)))
            {
                var key = $"{"ab*"[random.Next(3)]}{"xyz-_.*019"[random.Next(10)]}";
                var (text, value) = Item(random, depth: 0);
                expected.Remove(key);
                expected.Add(key, value);
                texts.Add(key + (value is true && random.Next(2) == 0 ? "" : "=" + text) + Parameters(random));
            }

            var field = string.Join(random.Next(2) == 0 ? "," : " \t, ", texts);
            Assert.True(StructuredDictionary.TryParse(field, out var members), $"seed {seed}, {field}");
            Assert.Equal(expected.Keys, members.Keys);
            Assert.All(expected, one => Assert.True(Same(one.Value, members[one.Key]), $"seed {seed}, {field}: {one.Key}"));

            // One fault, and all of it is none.
            Assert.All([field + ",", "," + field, field + " x", field + "\u00e9", field + ";", field + "=", field + "\u0001"], faulty => Assert.False(StructuredDictionary.TryParse(faulty, out _), faulty));
            if (StructuredDictionary.TryParse(Broken(random, field), out members))
            {
                Assert.All(members.Keys, static key => Assert.Matches("^[a-z*][a-z0-9_.*-]*$", key));
            }
        }

        static string Parameters(Random random) => random.Next(4) switch { 0 => ";p", 1 => "; q=1;r=\"a\"", _ => "" };

        static bool Same(object expected, object found) => (expected, found) switch
        {
            (List<object> one, List<object> other) => one.Count == other.Count && one.Zip(other).All(static pair => Same(pair.First, pair.Second)),
            (null or "?", _) => true, // of which only that it is there is told
            _ => expected.Equals(found),
        };
    }

    private static (string Text, object Value) Item(Random random, int depth)
    {
        switch (random.Next(depth == 0 ? 7 : 6))
        {
            case 0:
                var number = random.NextInt64(-999_999_999_999_999, 1_000_000_000_000_000);
                return (number.ToString(CultureInfo.InvariantCulture), number);
            case 1:
                var plain = $"a{"b c\"\\~"[random.Next(6)]}d";
                return ($"\"{plain.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"", plain);
            case 2:
                return ("?1", true);
            case 3:
                return ("?0", false);
            case 4:
                return ("to/k:en", "?");
            case 5:
                return (":YWJj:", "?");
            default:
                var items = Enumerable.Range(0, random.Next(0, 3)).Select(_ => Item(random, depth + 1)).ToArray();
                return ($"( {string.Join(' ', items.Select(static item => item.Text))} )", items.Select(static item => item.Value).ToList());
        }
    }

    private static CacheControl Read(IEnumerable<string?> lines)
    {
        var control = default(CacheControl);
        foreach (var line in lines)
        {
            control.Read(line);
        }

        return control;
    }

    private static long? Some(Random random) => random.Next(3) switch { 0 => null, 1 => random.Next(100), _ => random.NextInt64(CacheControl.Longest + 1) };

    // A list over one or several lines, in any order of lines' ends, with empty members and white space, in any case.
    private static string[] Lines(Random random, List<string> members, bool isCaseKept = false)
    {
        var lines = new List<string> { "" };
        foreach (var member in members)
        {
            if (random.Next(4) == 0)
            {
                lines.Add("");
            }

            var comma = lines[^1].Length == 0 ? "" : (random.Next(4) switch { 0 => ",", 1 => " ,\t", 2 => ",, ,", _ => ", " });
            lines[^1] += comma + (isCaseKept || member.Contains('"', StringComparison.Ordinal) ? member : Cased(random, member));
        }

        return [.. lines];
    }

    private static string Cased(Random random, string text) => random.Next(3) switch { 0 => text.ToUpperInvariant(), 1 => text.ToLowerInvariant(), _ => text };

    private static string Broken(Random random, string text)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(text.Length + 1);
            text = random.Next(3) switch
            {
                0 => text.Insert(at, Noise[random.Next(Noise.Length)].ToString()),
                1 when at < text.Length => text.Remove(at, 1),
                2 when at < text.Length => text.Remove(at, 1).Insert(at, Noise[random.Next(Noise.Length)].ToString()),
                _ => text,
            };
        }

        return text;
    }
}
