using System.CommandLine;
using System.Text;

namespace Bitmask.Cli;

/// <summary>No passphrase could be read; the message says why.</summary>
internal sealed class PassphraseException(string message) : Exception(message);

/// <summary>
/// Reads a passphrase from a prompt, from standard input, or from a file; never from the command line, where every user of the machine
/// could see it (security.md 5).
/// </summary>
internal sealed class Passphrase
{
    public Option<bool> FromStdin { get; } = new("--passphrase-stdin") { Description = "Read the passphrase from the first line of standard input." };

    public Option<FileInfo?> FromFile { get; } = new("--passphrase-file") { Description = "Read the passphrase from the first line of this file." };

    public void AddTo(Command command)
    {
        command.Options.Add(FromStdin);
        command.Options.Add(FromFile);
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="isNew">A new passphrase is asked for twice.</param>
    public string Read(ParseResult parsed, bool isNew)
    {
        if (parsed.GetValue(FromFile) is { } file)
        {
            try
            {
                return NotEmpty(File.ReadLines(file.FullName, Encoding.UTF8).FirstOrDefault());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new PassphraseException($"The file {file.FullName} can not be read: {e.Message}");
            }
        }

        if (parsed.GetValue(FromStdin))
        {
            using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
            return NotEmpty(input.ReadLine());
        }

        if (Console.IsInputRedirected)
        {
            throw new PassphraseException("There is no terminal to ask for the passphrase; use --passphrase-stdin or --passphrase-file.");
        }

        var passphrase = NotEmpty(Prompt("Passphrase: "));
        return !isNew || Prompt("Again: ") == passphrase ? passphrase : throw new PassphraseException("The two passphrases differ; nothing was done.");
    }

    private static string NotEmpty(string? passphrase)
        => passphrase is { Length: > 0 } ? passphrase : throw new PassphraseException("The passphrase is empty; nothing was done.");

    private static string Prompt(string question)
    {
        Console.Error.Write(question);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
