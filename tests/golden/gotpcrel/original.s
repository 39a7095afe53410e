	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movq	v@GOTPCREL(%rip), %rax
	movl	(%rax), %eax
	ret
	.size	f, .-f
	.section	.note.GNU-stack,"",@progbits
