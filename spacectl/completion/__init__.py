"""What TAB offers: pure text work on files, with nothing imported that would be felt at a key press."""
