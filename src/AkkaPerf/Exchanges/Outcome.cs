using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace AkkaPerf.Exchanges;

/// <summary>How a request ended: a value, a refusal with its reason, or a fault with its exception.</summary>
/// <typeparam name="TResponse">The type of the value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly struct Outcome<TResponse>
{
    private readonly OutcomeKind _kind;
    private readonly RefusalReason _reason;
    private readonly long _retryAfterTicks;
    private readonly Exception? _exception;
    private readonly TResponse? _value;

    private Outcome(OutcomeKind kind, RefusalReason reason, long retryAfterTicks, Exception? exception, TResponse? value)
    {
        _kind = kind;
        _reason = reason;
        _retryAfterTicks = retryAfterTicks;
        _exception = exception;
        _value = value;
    }

    /// <summary>Whether there is a value.</summary>
    public bool IsSuccess => _kind == OutcomeKind.Value;

    /// <summary>Whether it was refused.</summary>
    public bool IsRefused => _kind == OutcomeKind.Refusal;

    /// <summary>Whether the handler failed.</summary>
    public bool IsFaulted => _kind == OutcomeKind.Fault;

    /// <summary>The value.</summary>
    /// <exception cref="RequestRejectedException">It was refused.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public TResponse Value
    {
        get
        {
            if (_kind != OutcomeKind.Value)
            {
                Throw();
            }

            return _value!;
        }
    }

    /// <summary>Why it was refused; null if it was not.</summary>
    public RefusalReason? Reason => _kind == OutcomeKind.Refusal ? _reason : null;

    /// <summary>When a new try may succeed; null if that cannot be told.</summary>
    public TimeSpan? RetryAfter => _kind == OutcomeKind.Refusal && _retryAfterTicks > 0 ? TimeSpan.FromTicks(_retryAfterTicks) : null;

    /// <summary>The fault, or what lies behind a refusal; null if there is none.</summary>
    public Exception? Exception => _exception;

    internal OutcomeKind Kind => _kind;

    /// <inheritdoc />
    public override string ToString() => _kind switch
    {
        OutcomeKind.Value => $"value {_value}",
        OutcomeKind.Refusal => $"refused: {_reason}",
        OutcomeKind.Fault => $"fault: {_exception!.GetType().Name}",
        _ => "none",
    };

    internal static Outcome<TResponse> Success(TResponse value) => new(OutcomeKind.Value, default, 0, null, value);

    internal static Outcome<TResponse> Refused(RefusalReason reason, TimeSpan retryAfter = default, Exception? cause = null) =>
        new(OutcomeKind.Refusal, reason, retryAfter.Ticks, cause, default);

    internal static Outcome<TResponse> Faulted(Exception exception) => new(OutcomeKind.Fault, default, 0, exception, default);

    [DoesNotReturn]
    private void Throw()
    {
        switch (_kind)
        {
            case OutcomeKind.Fault:
                ExceptionDispatchInfo.Throw(_exception!);
                break;
            case OutcomeKind.Refusal when _reason == RefusalReason.Cancelled:
                throw new OperationCanceledException("The caller cancelled.", _exception);
            case OutcomeKind.Refusal:
                throw new RequestRejectedException(_reason, RetryAfter, _exception);
        }

        throw new InvalidOperationException("There is no outcome yet.");
    }
}
