using System.Runtime.CompilerServices;
using AkkaPerf.Http.Caching.Rules;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Compression;

/// <summary>Which codings a client accepts, and how gladly (RFC 9110, section 12.5.3).</summary>
/// <remarks>
/// A member that cannot be read is left out; of two that name the same coding the gladder one counts. What is named neither itself nor
/// by <c>*</c> is not accepted, but for the identity, which then is the last choice. Weights are in thousandths. Allocates nothing.
/// </remarks>
internal readonly struct AcceptEncoding
{
    private const int Unsaid = -1;

    private readonly Weights _weights;

    private AcceptEncoding(Weights weights) => _weights = weights;

    /// <summary>Whether the client does not want a body as it is: <c>identity;q=0</c>, or <c>*;q=0</c> without another word on it.</summary>
    public bool RefusesIdentity => _weights[(int)ContentCoding.Identity] == 0;

    /// <summary>Reads the field. If it is not there, or empty, nothing but the identity is accepted: who cannot name a coding had better get none.</summary>
    public static AcceptEncoding Read(StringValues lines)
    {
        var weights = default(Weights);
        ((Span<int>)weights).Fill(Unsaid);
        var others = Unsaid;
        for (var i = 0; i < lines.Count; i++)
        {
            var members = new ListCursor(lines[i]);
            while (members.MoveNext())
            {
                ReadMember(members.Current, weights, ref others);
            }
        }

        for (var i = 0; i < CodingNames.Count; i++)
        {
            if (weights[i] == Unsaid)
            {
                weights[i] = others != Unsaid || i == (int)ContentCoding.Identity ? others : 0;
            }
        }

        return new AcceptEncoding(weights);
    }

    /// <summary>Whether a body may be sent so.</summary>
    public bool Accepts(ContentCoding coding) => _weights[(int)coding] is not 0;

    /// <summary>The coding that the client likes best; among equals the first of <paramref name="offered"/>, and the identity last.</summary>
    /// <returns>The identity also if the client accepts nothing that is offered.</returns>
    public ContentCoding Choose(ReadOnlySpan<ContentCoding> offered)
    {
        var best = ContentCoding.Identity;
        var most = 0;
        foreach (var coding in offered)
        {
            if (_weights[(int)coding] > most)
            {
                (best, most) = (coding, _weights[(int)coding]);
            }
        }

        return _weights[(int)ContentCoding.Identity] > most ? ContentCoding.Identity : best;
    }

    private static void ReadMember(ReadOnlySpan<char> member, Span<int> weights, ref int others)
    {
        var semicolon = member.IndexOf(';');
        var name = semicolon < 0 ? member : member[..semicolon].TrimEnd(" \t");
        var weight = 1000;
        if (semicolon >= 0 && !TryWeight(member[(semicolon + 1)..].TrimStart(" \t"), out weight))
        {
            return;
        }

        if (name is "*")
        {
            others = Math.Max(others, weight);
        }
        else if (CodingNames.TryParse(name, out var coding))
        {
            weights[(int)coding] = Math.Max(weights[(int)coding], weight);
        }
    }

    // weight = "q=" ( "0" [ "." 0*3DIGIT ] / "1" [ "." 0*3"0" ] )
    private static bool TryWeight(ReadOnlySpan<char> text, out int weight)
    {
        weight = 0;
        if (text.Length is < 3 or > 7 || text[0] is not ('q' or 'Q') || text[1] != '=' || text[2] is not ('0' or '1') || (text.Length > 3 && text[3] != '.'))
        {
            return false;
        }

        weight = (text[2] - '0') * 1000;
        var unit = 100;
        for (var i = 4; i < text.Length; i++, unit /= 10)
        {
            if (!char.IsAsciiDigit(text[i]))
            {
                return false;
            }

            weight += (text[i] - '0') * unit;
        }

        return weight <= 1000;
    }

    [InlineArray(CodingNames.Count)]
    private struct Weights
    {
        private int _first;
    }
}
