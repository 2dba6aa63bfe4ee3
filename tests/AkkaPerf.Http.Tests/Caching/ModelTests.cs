using System.Globalization;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>The cache beside a model of RFC 9111 that is as plain as can be, in virtual time: many requests, responses, changes and pauses by chance.</summary>
public sealed class ModelTests
{
    private const int Steps = 150;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task What_is_answered_is_what_a_plain_model_answers(int seed)
    {
        var random = new Random(seed);
        var source = new Source();
        await using var shop = await CachedShop.OpenAsync(source.Answer, "cache.http { max-variants = 3\n keep = 20s }");
        var model = new Model(source, maxVariants: 3, keep: 20);
        var history = new List<string>();
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(10))
            {
                case 0 or 1:
                    var pause = random.Next(1, 15);
                    shop.Wait(pause);
                    model.Now += pause;
                    history.Add(string.Create(CultureInfo.InvariantCulture, $"wait {pause}"));
                    break;
                case 2:
                    source.Change(random);
                    history.Add($"change to {source.Fields} {source.Body}");
                    break;
                case 3 when random.Next(3) == 0:
                    history.Add("POST");
                    await shop.AskAsync("POST", "/");
                    model.Forget();
                    break;
                default:
                    var fields = RequestFields(random);
                    history.Add($"GET {fields}");
                    var expected = model.Ask(fields);
                    var calls = shop.Calls;
                    var answer = await shop.GetAsync(fields);
                    var got = (Body(answer), shop.Calls - calls, CachedShop.Field(answer, "Age"));
                    Assert.True(expected == got, $"seed {seed}, step {step}: expected {expected}, got {got}\n{string.Join('\n', history)}\n{answer}");
                    break;
            }
        }
    }

    private static string Body(string answer) => answer.StartsWith("HTTP/1.1 504 ", StringComparison.Ordinal) ? "504" : answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];

    private static string RequestFields(Random random)
    {
        string[] language = ["X-Lang: de", "X-Lang: en", "X-Lang: fr", "X-Lang: it", "X-None: 1"];
        string[] control = ["", "", "", "|Cache-Control: no-cache", "|Cache-Control: max-age=5", "|Cache-Control: min-fresh=5", "|Cache-Control: max-stale=5", "|Cache-Control: only-if-cached", "|Cache-Control: no-store"];
        return language[random.Next(language.Length)] + control[random.Next(control.Length)];
    }

    /// <summary>What the origin has at a time.</summary>
    private sealed class Source
    {
        private static readonly string[] Controls = ["max-age=10", "max-age=30", "s-maxage=10", "max-age=10, must-revalidate", "no-cache", "no-store", "max-age=10, private", "max-age=0"];

        private int _version = 1;
        private string _control = "max-age=10";
        private bool _varies;
        private bool _hasTag = true;

        public string Control => _control;

        public bool Varies => _varies;

        public bool HasTag => _hasTag;

        public int Version => _version;

        public string Body => $"v{_version}";

        public string Fields => $"Cache-Control: {_control}{(_varies ? "|Vary: X-Lang" : "")}{(_hasTag ? $"|ETag: \"{_version}\"" : "")}";

        public void Change(Random random)
        {
            _version += random.Next(2);
            _control = Controls[random.Next(Controls.Length)];
            _varies = random.Next(2) == 0;
            _hasTag = random.Next(3) > 0;
        }

        public string BodyFor(string? language) => _varies ? $"{Body} {language}" : Body;

        public string Answer(string head)
        {
            if (head.StartsWith("POST", StringComparison.Ordinal))
            {
                return CachedShop.Empty("204 No Content");
            }

            return _hasTag && CachedShop.Field(head, "If-None-Match") == $"\"{_version}\""
                ? CachedShop.Empty("304 Not Modified", $"Cache-Control: {_control}|ETag: \"{_version}\"")
                : CachedShop.Ok(Fields, BodyFor(CachedShop.Field(head, "X-Lang")));
        }
    }

    /// <summary>RFC 9111 for one URL, one request at a time, in whole seconds.</summary>
    private sealed class Model(Source source, int maxVariants, int keep)
    {
        private readonly List<Entry> _entries = [];

        public int Now { get; set; }

        public void Forget() => _entries.Clear();

        public (string Body, int Calls, string? Age) Ask(string fields)
        {
            var lines = fields.Split('|').Select(line => line.Split(": ")).ToDictionary(line => line[0], line => line[1], StringComparer.Ordinal);
            var language = lines.GetValueOrDefault("X-Lang");
            var asked = lines.GetValueOrDefault("Cache-Control", "");
            _entries.RemoveAll(entry => Now >= entry.Born + entry.Life + (entry.HasTag || !entry.NeverStale ? keep : 0));
            var found = _entries.Find(entry => !entry.Varies || entry.Language == language);
            if (found is not null && MayGive(found, asked))
            {
                return (found.Body, 0, $"{Now - found.Born}");
            }

            if (asked == "only-if-cached")
            {
                return ("504", 0, null);
            }

            if (asked == "no-store")
            {
                return (source.BodyFor(language), 1, null);
            }

            if (found is { HasTag: true } && source.HasTag && found.Version == source.Version)
            {
                // What it says of its life is new, what it is has not changed.
                var fresh = found with { Born = Now };
                _entries.Remove(found);
                if (Says(fresh))
                {
                    // And of all else that could have been chosen and bears the same tag.
                    foreach (var other in _entries.FindAll(entry => entry.HasTag && entry.Version == source.Version && (!entry.Varies || entry.Language == language)).AsEnumerable().Reverse())
                    {
                        Keep(Controlled(other with { Born = Now }));
                    }

                    Keep(Controlled(fresh));
                }

                return (found.Body, 1, Says(fresh) ? "0" : $"{Now - found.Born}");
            }

            var young = Controlled(new Entry(source.BodyFor(language), source.Version, source.Varies, language, Now, 0, false, source.HasTag, false));
            if (Says(young))
            {
                Keep(young);
                return (young.Body, 1, "0");
            }

            _entries.Remove(found!);
            return (young.Body, 1, null);
        }

        private static bool MayGive(Entry entry, int now, string asked)
        {
            var age = now - entry.Born;
            return asked switch
            {
                "no-cache" => false,
                "max-age=5" when age > 5 => false,
                "min-fresh=5" when entry.Life - age < 5 => false,
                "max-stale=5" when !entry.NeverStale && !entry.NeedsValidation && age - entry.Life <= 5 => true,
                _ => age < entry.Life && !entry.NeedsValidation,
            };
        }

        private bool MayGive(Entry entry, string asked) => MayGive(entry, Now, asked);

        private bool Says(Entry entry) => source.Control is not ("no-store" or "max-age=10, private")
            && (entry.HasTag || source.Control is not ("no-cache" or "max-age=0"));

        private Entry Controlled(Entry entry) => entry with
        {
            Life = source.Control switch { "max-age=30" => 30, "no-cache" or "max-age=0" => 0, _ => 10 },
            NeedsValidation = source.Control == "no-cache",
            NeverStale = source.Control is "s-maxage=10" or "max-age=10, must-revalidate" or "no-cache",
        };

        private void Keep(Entry entry)
        {
            _entries.RemoveAll(other => other.Varies == entry.Varies && (!entry.Varies || other.Language == entry.Language));
            _entries.Insert(0, entry);
            if (_entries.Count > maxVariants)
            {
                _entries.RemoveAt(maxVariants);
            }
        }

        private sealed record Entry(string Body, int Version, bool Varies, string? Language, int Born, int Life, bool NeedsValidation, bool HasTag, bool NeverStale);
    }
}
