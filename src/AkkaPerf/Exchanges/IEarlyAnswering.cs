namespace AkkaPerf.Exchanges;

/// <summary>An exchange as its handler's context sees it.</summary>
internal interface IEarlyAnswering<TResponse> : IExchangeContext<TResponse>
{
    /// <summary>Answers before the handler ends, and tells the context as soon as the answer is written.</summary>
    bool TryAnswer(TResponse response, HandlerContext<TResponse>? context);
}
