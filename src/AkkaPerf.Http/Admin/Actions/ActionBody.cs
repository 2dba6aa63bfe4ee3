using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Admin.Actions;

/// <summary>What an action is told, as one flat JSON object; notes the first thing that is wrong with it.</summary>
internal sealed class ActionBody
{
    private const long MaxBytes = 16 * 1024;

    private readonly Dictionary<string, JsonElement> _members;

    private ActionBody(Dictionary<string, JsonElement> members) => _members = members;

    /// <summary>The first thing that is wrong; null if nothing is.</summary>
    public AdminProblem? Problem { get; private set; }

    /// <summary>Reads it; nothing at all is an empty object.</summary>
    public static async Task<ActionBody> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBytes;
        }

        try
        {
            using var content = new MemoryStream();
            await context.Request.Body.CopyToAsync(content, context.RequestAborted).ConfigureAwait(false);
            return content.Length == 0 ? new ActionBody([]) : Parse(content.ToArray());
        }
        catch (JsonException exception)
        {
            return Faulty(AdminProblem.BadRequest("bad-json", $"The body is not JSON: {exception.Message}"));
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Faulty(new AdminProblem(exception.StatusCode, "Content Too Large", "body-too-large", $"The body has more than {MaxBytes} bytes."));
        }
    }

    /// <summary>Notes members that an action does not know.</summary>
    public void Only(params string[] known)
    {
        if (_members.Keys.FirstOrDefault(member => !known.Contains(member, StringComparer.Ordinal)) is { } unknown)
        {
            Note(AdminProblem.BadRequest(
                "unknown-member", known.Length == 0 ? $"'{unknown}' is not known: there is nothing to be said here." : $"'{unknown}' is not known.") with
            { Allowed = known });
        }
    }

    /// <summary>A whole number; the default if it is missing and there is one.</summary>
    public int Integer(string name, int min, int max, int? otherwise = null)
    {
        if (!_members.TryGetValue(name, out var member) && otherwise is { } value)
        {
            return value;
        }

        if (member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        NoteValue(name, member, $"a whole number from {min} to {max}");
        return min;
    }

    /// <summary>A number.</summary>
    public double Number(string name, double min, double max)
    {
        var member = _members.GetValueOrDefault(name);
        if (member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var number) && number >= min && number <= max)
        {
            return number;
        }

        NoteValue(name, member, $"a number from {min} to {max}");
        return min;
    }

    /// <summary>Texts, one at least; empty if something is wrong with them.</summary>
    public IReadOnlyList<string> Texts(string name, int most)
    {
        var member = _members.GetValueOrDefault(name);
        if (member.ValueKind == JsonValueKind.Array
            && member.GetArrayLength() is var count && count > 0 && count <= most
            && member.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String))
        {
            return [.. member.EnumerateArray().Select(static item => item.GetString()!)];
        }

        NoteValue(name, member, $"a list of 1 to {most} texts");
        return [];
    }

    /// <summary>One of several names.</summary>
    public string OneOf(string name, IReadOnlyList<string> allowed)
    {
        var member = _members.GetValueOrDefault(name);
        if (member.ValueKind == JsonValueKind.String && allowed.Contains(member.GetString()!, StringComparer.Ordinal))
        {
            return member.GetString()!;
        }

        NoteValue(name, member, "one of these", allowed);
        return "";
    }

    /// <summary>What it says, as it follows an action's name; empty if it says nothing.</summary>
    public override string ToString() =>
        _members.Count == 0 ? "" : " " + string.Join(", ", _members.Select(static member => $"{member.Key} = {member.Value.GetRawText()}"));

    /// <summary>Yes or no.</summary>
    public bool IsTrue(string name)
    {
        var member = _members.GetValueOrDefault(name);
        if (member.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            NoteValue(name, member, "true or false");
        }

        return member.ValueKind == JsonValueKind.True;
    }

    /// <summary>Whether something is said of a member.</summary>
    public bool Has(string name) => _members.ContainsKey(name);

    private static ActionBody Parse(byte[] content)
    {
        try
        {
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ActionBody(document.RootElement.EnumerateObject().ToDictionary(static member => member.Name, static member => Readable(member.Value), StringComparer.Ordinal))
                : Faulty(AdminProblem.BadRequest("bad-json", $"The body is a JSON {Name(document.RootElement.ValueKind)}; it must be an object."));
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: the grammar allows it, but it is no character.
            return Faulty(AdminProblem.BadRequest("bad-json", "The body has a text that is not Unicode."));
        }
    }

    // Throws where a text would when it is read.
    private static JsonElement Readable(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            value.GetString();
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                Readable(item);
            }
        }

        return value.Clone();
    }

    private static ActionBody Faulty(AdminProblem problem) => new([]) { Problem = problem };

    private static string Name(JsonValueKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    private void NoteValue(string name, JsonElement member, string expected, IReadOnlyList<string>? allowed = null) => Note(AdminProblem.BadRequest(
        "bad-value",
        member.ValueKind == JsonValueKind.Undefined ? $"'{name}' is missing; it must be {expected}." : $"'{name}' is {member.GetRawText()}; it must be {expected}.") with
    {
        Allowed = allowed,
    });

    private void Note(AdminProblem problem) => Problem ??= problem;
}
