"""What a change holds besides its own fields: tasks, comments, attachments, references, the dossier of it all."""
