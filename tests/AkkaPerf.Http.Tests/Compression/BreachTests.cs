using AkkaPerf.Http.Compression;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>What is compressed where a length may tell a secret.</summary>
public sealed class BreachTests
{
    private static readonly CompressionRules Rules = new(new CompressionOptions());

    [Theory]
    [InlineData(CredentialedCompression.Never, "", "", "", true)]
    [InlineData(CredentialedCompression.Never, "Cookie", "public", "same-origin", false)]
    [InlineData(CredentialedCompression.Public, "Cookie", "", "same-origin", false)]
    [InlineData(CredentialedCompression.Public, "Cookie", "public", "", true)]
    [InlineData(CredentialedCompression.Public, "Cookie", "s-maxage=10", "", true)]
    [InlineData(CredentialedCompression.Public, "Cookie", "public, private", "", false)]
    [InlineData(CredentialedCompression.Public, "Cookie", "max-age=10", "", false)]
    [InlineData(CredentialedCompression.Public, "Authorization", "max-age=10", "", false)]
    [InlineData(CredentialedCompression.SameOrigin, "", "", "cross-site", true)]
    [InlineData(CredentialedCompression.SameOrigin, "Cookie", "", "", false)]
    [InlineData(CredentialedCompression.SameOrigin, "Cookie", "", "cross-site", false)]
    [InlineData(CredentialedCompression.SameOrigin, "Cookie", "", "same-site", false)]
    [InlineData(CredentialedCompression.SameOrigin, "Cookie", "", "same-origin", true)]
    [InlineData(CredentialedCompression.SameOrigin, "Cookie", "", "none", true)]
    [InlineData(CredentialedCompression.SameOrigin, "Authorization", "", "same-origin", true)]
    [InlineData(CredentialedCompression.SameOrigin, "Authorization", "", "", false)]
    [InlineData(CredentialedCompression.SameOrigin, "Cookie", "public", "cross-site", true)]
    [InlineData(CredentialedCompression.Always, "Cookie", "private", "cross-site", true)]
    public void A_secret_of_the_requests_sender_is_not_measured(CredentialedCompression policy, string credential, string control, string site, bool isCompressed)
    {
        var request = new HeaderDictionary { ["Accept-Encoding"] = "gzip" };
        if (credential.Length > 0)
        {
            request[credential] = "secret";
        }

        if (site.Length > 0)
        {
            request["Sec-Fetch-Site"] = site;
        }

        IHeaderDictionary response = new HeaderDictionary { ["Cache-Control"] = control, ["Content-Type"] = "text/html" };
        Assert.True(Rules.IsCodable(200, response, length: null));
        Assert.Equal(isCompressed ? ContentCoding.Gzip : ContentCoding.Identity, Rules.Choose(request, CompressionRules.IsForAll(response), policy));
    }

    [Fact]
    public void Two_words_on_where_it_comes_from_are_none()
    {
        var request = new HeaderDictionary { ["Accept-Encoding"] = "gzip", ["Cookie"] = "a=b" };
        request["Sec-Fetch-Site"] = new(["same-origin", "cross-site"]);
        Assert.Equal(ContentCoding.Identity, Rules.Choose(request, isForAll: false, CredentialedCompression.SameOrigin));
    }

    [Fact]
    public void Deciding_allocates_nothing()
    {
        var request = new HeaderDictionary { ["Accept-Encoding"] = "gzip, deflate, br, zstd", ["Cookie"] = "a=b", ["Cache-Control"] = "no-cache" };
        request["Sec-Fetch-Site"] = "same-origin";
        IHeaderDictionary response = new HeaderDictionary { ["Cache-Control"] = "public, must-revalidate", ["Content-Type"] = "text/html; charset=utf-8" };
        Decide();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Decide();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Decide()
        {
            if (Rules.IsCodable(200, response, 5000))
            {
                Rules.Choose(request, CompressionRules.IsForAll(response), CredentialedCompression.SameOrigin);
            }
        }
    }
}
