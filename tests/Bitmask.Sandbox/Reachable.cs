using System.Net;
using System.Net.Sockets;

namespace Bitmask.Sandbox;

/// <summary>Waits until a program that was started listens.</summary>
internal static class Reachable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <exception cref="InvalidOperationException">It ended, or does not answer; the message has the end of its log.</exception>
    public static async Task WaitAsync(SandboxProcess process, string address, TimeProvider clock, params int[] ports)
    {
        var start = clock.GetTimestamp();
        foreach (var port in ports)
        {
            while (!await AnswersAsync(address, port))
            {
                if (!Launcher.IsRunning(process) || clock.GetElapsedTime(start) > Patience)
                {
                    throw new InvalidOperationException($"{process.Name} does not answer on {address}:{port}; its log {process.Log} ends:\n{string.Join('\n', File.ReadLines(process.Log).TakeLast(15))}");
                }

                await Task.Delay(50);
            }
        }
    }

    private static async Task<bool> AnswersAsync(string address, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(address), port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
