namespace AkkaPerf.Http.Client;

/// <summary>What is sent for an <see cref="HttpClient"/>: its own version is honoured if its policy insists, and it takes part in traces.</summary>
internal sealed class ClientMessage : HttpRequestMessage
{
    /// <summary>Copies a message, but for its Host, which is the pipeline's business. Its body may be shared.</summary>
    public ClientMessage(HttpRequestMessage message, HttpContent? body)
    {
        Method = message.Method;
        Version = message.Version;
        VersionPolicy = message.VersionPolicy;
        Content = body;
        foreach (var (name, values) in message.Headers.NonValidated)
        {
            if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (values.Count == 1)
            {
                Headers.TryAddWithoutValidation(name, values.ToString());
            }
            else
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }
    }
}
