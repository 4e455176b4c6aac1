namespace Bitmask.Sqlite;

/// <summary>One work on its way through the writer.</summary>
internal abstract class WriteWork
{
    public List<Action> AfterCommit { get; } = [];

    public bool HasFailed { get; private protected set; }

    /// <summary>False when its caller has given up meanwhile.</summary>
    public abstract bool Start();

    public abstract void Run(WriteTransaction transaction);

    /// <summary>Tells the caller; a second failure is not news.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>Tells the caller that the work is durable, unless it failed.</summary>
    public abstract void Complete();
}

internal sealed class WriteWork<T>(Func<WriteTransaction, T> work, CancellationToken cancellationToken) : WriteWork
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _completion.Task;

    public override bool Start()
    {
        if (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }

        _completion.TrySetCanceled(cancellationToken);
        return false;
    }

    public override void Run(WriteTransaction transaction) => _result = work(transaction);

    public override void Fail(Exception exception)
    {
        HasFailed = true;
        _completion.TrySetException(exception);
    }

    public override void Complete() => _completion.TrySetResult(_result);
}
