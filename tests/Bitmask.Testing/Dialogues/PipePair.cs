using System.IO.Pipelines;

namespace Bitmask.Testing.Dialogues;

/// <summary>A connection in memory: what one end writes, the other reads.</summary>
public sealed class PipePair
{
    public PipePair(PipeOptions? options = null)
    {
        var (up, down) = (new Pipe(options ?? PipeOptions.Default), new Pipe(options ?? PipeOptions.Default));
        Client = new End(down.Reader, up.Writer);
        Server = new End(up.Reader, down.Writer);
    }

    /// <summary>The end of the test.</summary>
    public IDuplexPipe Client { get; }

    /// <summary>The end of the server under test.</summary>
    public IDuplexPipe Server { get; }

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
