namespace Bitmask.Soledad;

/// <summary>
/// Merges two versions of a document that two devices wrote without knowing of each other. It must give the same answer
/// on every device, whichever version is whose: by registers inside the document, never by wall clocks (security.md B3).
/// </summary>
public interface IConflictResolver
{
    /// <summary>The type of documents it merges.</summary>
    string DocumentType { get; }

    /// <summary>The merged JSON; null when it can not tell: then one of them wins, the same on every device, and the other goes to the archive.</summary>
    string? Merge(string localJson, string incomingJson);

    /// <summary>Whether a deletion wins over a concurrent edit. By default it does.</summary>
    /// <param name="editedJson">The version that the other side wrote.</param>
    bool DeletionWins(string editedJson) => true;

    /// <summary>Whether a deletion wins over a concurrent edit, by what was edited.</summary>
    /// <param name="editedJson">The version that one side wrote.</param>
    /// <param name="baseJson">The version that the side which decides began from; null when it is not known, or when <see cref="NeedsBase"/> is not set.</param>
    bool DeletionWins(string editedJson, string? baseJson) => DeletionWins(editedJson);

    /// <summary>Whether the content before a change is to be kept until the change is sent: costs its size.</summary>
    bool NeedsBase => false;
}
